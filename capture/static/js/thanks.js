// The address of the page, into the clipboard.
import "./copy.js";
import "./local-time.js";
