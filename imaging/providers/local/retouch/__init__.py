"""Retouching by classical methods: a layer of each plugin on the one before it.

`engine.retouch` is the way in. Positions are pixels of the full picture; what is only
looked at (faces, skin, broad light) is looked at in a reduced copy, the scene, and what
is changed is changed at full size in tiles, so that memory does not follow the picture.
"""
