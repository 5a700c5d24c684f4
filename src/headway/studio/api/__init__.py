"""What the page asks for, as routes of Starlette.

::

    studio       what all routes share: the project, what is computed of it, the pictures, who listens
    describing   the project and its pictures, as the page reads them
    views        which pictures a view shows, in which order
    events       server-sent events
    reading      bodies and parameters, within bounds
    showing      routes that show pictures
    intake       routes that pictures come in by
    editing      routes that change the project
    working      routes that train, compare, suggest and try
    taking       routes that files are downloaded from
    plain        the form that predicts without JavaScript
"""
