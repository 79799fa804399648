"""The app: pages in Streamlit around a live studio; plain values and records, no tensors.

app       what `streamlit run explorer/app.py` serves: the pages, and beside them the routes
main      every page's frame: settings, navigation, the link that was followed
engine    the only doorway to `vae`
jobs      long work in processes of its own
routes    what a browser fetches beside pages
state     where the visitor is: session, link, steps of a lecture
drawing   records become figures, pictures, files and sentences
views     the pages, a folder each
studio    the live components: their Python side, and TypeScript
"""
