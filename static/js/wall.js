// The wall of pictures of a page. A tile that was filled, for the first time or again,
// says so: "filled" comes to whoever keeps something to show on it.
export const grid = document.getElementById("grid");
export const tiles = () => [...grid.querySelectorAll(":scope > .tile")];
export const filled = (tile) => tile.dispatchEvent(new Event("filled", { bubbles: true }));
