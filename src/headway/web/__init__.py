"""What the server and the page share: who may ask, how much is read, how errors are answered, where one listens.

Needs the extra ``headway[serve]``.
"""
