"""Networks from the Hugging Face hub that are there as ONNX, so that none of them needs PyTorch.

::

    obtaining         hf:OWNER/REPO → a backbone in the cache
    ├── repository        what the hub says of a repository; that is kept, and is the lock
    │   └── choosing      which of its ONNX files
    ├── transfer          HTTPS: bounded, resumed, checked by digest
    ├── preparation       how the repository prepares pictures for its network
    └── address           what hf:OWNER/REPO@REVISION:FILE means

The file is no more trusted than one of the user's own: `headway.backbones.foreign` bounds it, and makes a backbone of
it.
"""
