"""The live components of the pages: Python sends payloads and hears reports, TypeScript (src/) does the work.

components  studio, path, pad, paste, stage, scatter: what a page passes, what they report
payloads    what is sent, a dataclass a component
incoming    what is reported, checked
bundle      the built front end, and how a component of it gets onto a page
theme       runs the page anew when the system turns dark or light
contract    writes src/contract.ts: everything that Python and TypeScript must agree on
typescript  Python's records and values as TypeScript
src/        the TypeScript itself; its README.md lists rooms and files
"""
