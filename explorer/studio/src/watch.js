// What Python has coloured, formulas and charts, follows the system's theme only when the page runs anew.
export default function ({ setTriggerValue }) {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let timer;
  const changed = () => {
    clearTimeout(timer);
    timer = setTimeout(() => setTriggerValue("dark", String(dark.matches)), 200); // Streamlit's own theme first
  };
  dark.addEventListener("change", changed);
  return () => {
    clearTimeout(timer);
    dark.removeEventListener("change", changed);
  };
}
