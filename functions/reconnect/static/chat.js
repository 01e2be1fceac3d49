// The chat's own page: tells the provider's script what its owner wants to talk about. The words
// are in the address behind the "#", which is sent nowhere.
const words = decode(location.hash.slice(1));
const place = document.getElementById("message");

if (words) {
  place.querySelector("blockquote").textContent = words;
  place.hidden = false;
}
addEventListener("load", () => {
  const detail = { message: words };
  document.dispatchEvent(new CustomEvent("relink-chat", { bubbles: true, cancelable: true, detail }));
});

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
