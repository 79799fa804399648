// What Streamlit runs: it lives in a blob, so it fetches the bundle by an absolute address and hands over to it.
export default async function (component) {
  const file = component.data?.bundle?.studio;
  if (!file) return;
  const { mount } = await import(new URL(`studio/${file}`, document.baseURI).href);
  return mount(component);
}
