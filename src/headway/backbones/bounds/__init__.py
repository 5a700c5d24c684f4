"""What an ONNX file that is not trusted must keep to before any of it is used, be it a model or a network.

::

    reading      bytes → message: no more parts than a network has, and text that is text
    walk         one walk over the nodes at one picture: their shapes, and the memory and time that they take
    rules        the operators, each with the rule for its output shape
    ├── layers       convolutions, products, pooling, normalisation
    ├── reshaping    operators that rearrange numbers
    └── values       what rules work with, and how they refuse

Every shape is computed for one picture, by one rule per operator, and whatever the rules do not know is refused.
What passes can name no file, run no code, end in no cycle, and take no more memory and time than the bounds allow.
"""
