"""Tables of images and labels.

::

    table ── formats        CSV, TSV, JSON lines, Excel and Parquet as columns of values
          ├─ columns        which column holds what: as its user says, by names, or by values
          ├─ values         what a column's values are
          ├─ onehot         a column for each class; several labels at once are refused
          ├─ lookup         files, by their paths or by their names below a folder
          └─ split_folders  splits that the folders of the files name
"""
