"""Where the visitor is: one typed record a session, its link in the address bar, and the steps of a lecture.

session   the record, a part a page, and what changes it
link      a session as query parameters, and back
address   the address bar: a link followed, the session copied into it
widgets   the keys of widgets, and their values
view      what the map and the picture show
steps     the steps of a lecture: their file and their draft
anchors   the ends of a path, as words of a link
"""
