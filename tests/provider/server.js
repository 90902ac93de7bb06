// An OpenID Connect provider on loopback: node server.js '{"port": …, "client": {…}, "people": {…}, "keys": […]}'.
import { Provider } from "oidc-provider";

const { port, client, people, keys, inToken } = JSON.parse(process.argv[2]);

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [client],
  jwks: { keys },
  cookies: { keys: ["k".repeat(32)] },
  pkce: { required: () => true },
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"], groups: ["groups"] },
  conformIdTokenClaims: !inToken,
  ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
  findAccount: (_, id) => id in people && { accountId: id, claims: () => ({ sub: id, ...people[id] }) },
  // Nobody is asked whether the studio may know: it belongs to the same organisation.
  async loadExistingGrant(context) {
    const { client: { clientId }, session: { accountId } } = context.oidc;
    const grant = new context.oidc.provider.Grant({ clientId, accountId });
    grant.addOIDCScope("openid email profile groups");
    await grant.save();
    return grant;
  },
});

provider.listen(port, "127.0.0.1", () => console.log("ready"));
