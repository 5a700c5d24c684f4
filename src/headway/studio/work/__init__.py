"""What is computed of a project while somebody looks at its page; knows nothing of HTTP.

::

    workshop     what a page asks for, from any thread
    jobs         one thread, one job at a time: train, compare, prepare
    announcing   tells who listens that something has changed
    collection   the pictures of a project as one data set
    preparing    features of new pictures, and the quick checks
    finding      what these found, and propose
    training     model, report and predictions as files; the result
    result       how good a model is
    comparing    methods compared within a budget
    models       the model in its file
    neighbours   pictures that look like another
    asking       a picture that is tried, and what to label next
    view         what follows from all that at one moment
    records      facts as files of the project
    refusals     what is refused for the moment
"""

from headway.studio.work.refusals import BusyError as BusyError
from headway.studio.work.refusals import NoModelError as NoModelError
from headway.studio.work.refusals import NotReadyError as NotReadyError
from headway.studio.work.workshop import Workshop as Workshop
