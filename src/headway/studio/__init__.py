"""``headway studio``: the whole job on a page, in a browser on one's own machine.

::

    project   a folder of plain files: pictures, labels, decisions, and what undoes them
    work      what is computed of it
    api       what the page asks for
    app       all of it behind one address

Needs the extra ``headway[serve]``.
"""
