// What a view is made of, and how what is shown becomes what is wanted. Nodes are kept wherever
// they can be, so focus, selection and what somebody is typing stay; text is never read as markup.

const SVG = new Set(["svg", "path", "circle"]);
const made = new WeakMap(); // what each node was last told

export function h(tag, props, ...children) {
  const { key, ...rest } = props ?? {};
  return { tag, key, props: rest, children: children.flat(3) };
}

function shown(child) {
  return child !== null && child !== undefined && child !== false && child !== "";
}

export function patch(parent, children) {
  const wanted = children.filter(shown);
  const spare = [...parent.childNodes];
  const nodes = wanted.map((each) => {
    const found = spare.findIndex((node) => alike(node, each));
    return found < 0 ? create(each) : spare.splice(found, 1)[0];
  });
  for (const node of spare) node.remove();
  let place = parent.firstChild;
  nodes.forEach((node, n) => {
    if (node === place) place = place.nextSibling;
    else parent.insertBefore(node, place);
    tell(node, wanted[n]);
  });
}

function alike(node, wanted) {
  const told = made.get(node);
  if (typeof wanted !== "object") return node.nodeType === Node.TEXT_NODE;
  return told?.tag === wanted.tag && told.key === wanted.key;
}

function create(wanted) {
  if (typeof wanted !== "object") return document.createTextNode("");
  const { tag, key } = wanted;
  const node = SVG.has(tag)
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  made.set(node, { tag, key, props: {} });
  return node;
}

function tell(node, wanted) {
  if (typeof wanted !== "object") {
    if (node.data !== String(wanted)) node.data = String(wanted);
    return;
  }
  const told = made.get(node);
  patch(node, wanted.children);
  for (const name of new Set([...Object.keys(told.props), ...Object.keys(wanted.props)])) {
    const value = wanted.props[name];
    if (value !== told.props[name]) set(node, name, value);
  }
  told.props = wanted.props;
}

function set(node, name, value) {
  // What a handler returns means nothing here: `false` would prevent what the browser does.
  if (name.startsWith("on")) node[name] = value ? (event) => void value(event) : null;
  else if (name === "value") node.value = value ?? "";
  else if (value === undefined || value === null || value === false) node.removeAttribute(name);
  else node.setAttribute(name, value === true ? "" : value);
}

const SHAPES = {
  green: ["M10 1a9 9 0 1 0 0 18a9 9 0 1 0 0-18z", "m5.8 10.4 2.9 2.9 5.5-6.2"],
  red: ["M6.4 1h7.2L19 6.4v7.2L13.6 19H6.4L1 13.6V6.4z", "M10 5.4v5.4m0 3.4v.2"],
  orange: ["M10 1a9 9 0 1 0 0 18a9 9 0 1 0 0-18z", "M10 5.2V10l3.2 2"],
  paused: ["M10 1a9 9 0 1 0 0 18a9 9 0 1 0 0-18z", "M7.7 6.8v6.4m4.6-6.4v6.4"],
  busy: ["M10 1.4a8.6 8.6 0 1 1-8.6 8.6"],
  info: ["M10 1a9 9 0 1 0 0 18a9 9 0 1 0 0-18z", "M10 9.4v5m0-8.6v.2"],
  mail: ["M1.5 4h17v12h-17z", "m2 4.8 8 6.4 8-6.4"],
  away: ["M2 8.2a11.5 11.5 0 0 1 16 0m-13 3.6a7 7 0 0 1 10 0m-5 4v.2", "m2.5 2 15 16"],
  close: ["m5 5 10 10m0-10L5 15"],
};

// Marks only repeat what the words beside them say.
export function mark(name) {
  const lines = SHAPES[name].map((d) => h("path", { d }));
  return h("svg", { class: `mark ${name}`, viewBox: "0 0 20 20", "aria-hidden": "true" }, lines);
}
