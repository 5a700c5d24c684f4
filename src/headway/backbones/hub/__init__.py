"""Networks from the Hugging Face hub that are there as ONNX, so that none of them needs PyTorch.

::

    obtaining         hf:OWNER/REPO → a backbone in the cache
    ├── repository        a repository at one commit, and its files on this machine
    │   ├── listing           what the hub says of it; that is kept, and is the lock
    │   └── choosing          which of its ONNX files
    ├── transfer          HTTPS: bounded, resumed, checked by digest
    │   └── patience          connections that no server holds for ever
    ├── preparation       how the repository prepares pictures for its network
    ├── address           what hf:OWNER/REPO@REVISION:FILE means
    └── shown             what others wrote, for a message

The file is no more trusted than one of the user's own: `headway.backbones.foreign` bounds it, and makes a backbone of
it.
"""
