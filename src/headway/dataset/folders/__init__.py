"""Folders of images, read by evidence.

::

    folder ── branches   the folders that hold images, as a tree; what annotates others is taken out
           ├─ layout     which level is classes, which splits, which only stores
           ├─ tables     the tables beside the images, against what folders and names say
           └─ asking     the questions where the evidence is of two minds, with a command for each reading
"""
