// What Python has coloured, formulas and charts, follows the system's theme only when the page runs anew. Asked again, ever
// more rarely, until Python's theme is the system's: a run may begin before Streamlit knows of the change. Four times at
// most, since somebody may have chosen a theme by hand.
const system = matchMedia("(prefers-color-scheme: dark)");
let drawn, timer;
let asked = 0;

export default function ({ data, setTriggerValue }) {
  drawn = data.dark;
  const check = () => {
    clearTimeout(timer);
    if (system.matches === drawn) asked = 0;
    else if (asked < 4) timer = setTimeout(ask, 200 * 3 ** asked);
  };
  const ask = () => {
    asked += 1;
    if (system.matches !== drawn) setTriggerValue("dark", String(system.matches));
    check();
  };
  const changed = () => {
    asked = 0;
    check();
  };
  system.addEventListener("change", changed);
  check();
  return () => {
    clearTimeout(timer);
    system.removeEventListener("change", changed);
  };
}
