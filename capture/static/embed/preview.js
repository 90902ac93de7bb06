// In the studio's preview the page itself answers what the script asks: the form, and the thanks. Nothing is sent.
window.fetch = async (address, { method = "GET" } = {}) => {
  if (address.endsWith("/started")) return new Response(null, { status: 204 });
  if (address.endsWith("/judged")) return Response.json({});
  const answer = method === "GET" ? "form" : "thanks";
  return Response.json({ html: document.querySelector(`template[data-answer="${answer}"]`).innerHTML });
};
