"""Functions that published plugins call under older names: each hands on to the house.

`tutor.config` and `tutor.env` are packages of their own layers; what plugins call there needs an opened
project, which lies above them. So these packages look such names up here when they are asked for.
"""
