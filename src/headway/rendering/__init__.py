"""From facts to what people read: every sentence about a result is made here, once.

::

    blocks       lines, warnings, headings, tables: what a page is made of
    markdown     blocks → Markdown
    html         blocks → HTML, for notebooks
    data         what was read, and how it was divided
    reading      what was guessed of a data set, and how to decline it
    scores       how good a classifier is
    verdict      what to make of a result, and what to do next
    usage        how to use a model
    fit          what a fit did, and what a model's file says of itself
    comparison   recipes on one table, with advice
    analysis     which features are of use
    studio       what the page of a project says
    pages        a whole result, for a page of Markdown or a notebook
    card         a model's card, for the Hugging Face Hub
    catalogue    backbones, and what is kept between runs
"""
