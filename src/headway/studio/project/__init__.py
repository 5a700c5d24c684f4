"""A project: pictures, labels and decisions in plain files that the command line reads, too.

::

    core      the one place where a project changes: one lock, one step, all files or none
    edits     decisions → what becomes of labels.csv, fixes.csv and project.toml
    history   steps that can be undone, also after a restart
    intake    what comes from outside: bounds, names, copies
    state     the files as they were understood
    scan      the folders of pictures
    about     project.toml
    foreign   what must not lie in a project that came from somebody else
    names     names of files and classes from anywhere
    files     labels.csv, fixes.csv and project.toml, read anew where they have changed
    placing   where pictures lie, and how they come there and away
    writing   several files at once, or none
"""

from headway.studio.project.core import Project as Project
from headway.studio.project.edits import Change as Change
from headway.studio.project.edits import Proposal as Proposal
from headway.studio.project.history import Done as Done
from headway.studio.project.intake import Added as Added
from headway.studio.project.intake import Refusal as Refusal
from headway.studio.project.state import Entry as Entry
