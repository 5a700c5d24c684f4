"""From facts to what people read: every sentence about a result is made here, once.

::

    blocks     lines, headings, tables: what a page is made of
    markdown   blocks → Markdown
    html       blocks → HTML, for notebooks
"""
