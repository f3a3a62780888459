#!/usr/bin/env node
// A certified OpenID provider with its strictest settings: PKCE required, rotating refresh tokens with reuse detection,
// access tokens that live for seconds, no clock tolerance, `iss` in every response.
//
// Prints `{"ready": ISSUER}`, then one JSON line for each token request: its grant type, and the result.
// Commands on standard input, one JSON object per line:
// `{"access_token_seconds": 60}` sets the lifetime of the next access tokens (5 at the start).
// `{"answer_after_milliseconds": 200}` delays responses of the token endpoint, after it has processed the request.
// `{"grants": 5}` creates grants without a browser, and prints `{"granted": [{id, refresh_token}]}`.
// Every command is echoed once it was processed, so that its sender can wait for that.
// Environment: CLIENT_ID, CLIENT_SECRET; WEB_REDIRECT_URIS, a JSON list of the redirect URIs of the client
// CLIENT_ID-web, which must be https and match exactly.

import { createServer } from "node:http";
import { createInterface } from "node:readline";
import Provider from "oidc-provider";
import MemoryAdapter from "./node_modules/oidc-provider/lib/adapters/memory_adapter.js";

const DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code";

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

let accessTokenSeconds = 5;
let answerAfter = 0;
createInterface({ input: process.stdin }).on("line", (line) => {
  const command = JSON.parse(line);
  accessTokenSeconds = command.access_token_seconds ?? accessTokenSeconds;
  answerAfter = command.answer_after_milliseconds ?? answerAfter;
  say(command);
  if (command.grants) {
    give(command.grants);
  }
});

// The issuer URL contains the port, so the server listens before the provider is created.
let handle;
const server = createServer((request, response) => {
  if (answerAfter > 0 && request.url === "/token") {
    const end = response.end.bind(response);
    response.end = (...answer) => setTimeout(() => end(...answer), answerAfter);
  }
  handle(request, response);
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const issuer = `http://127.0.0.1:${server.address().port}`;

const entries = new Map();
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: process.env.CLIENT_ID,
      client_secret: process.env.CLIENT_SECRET,
      // A native client may use any loopback port (RFC 8252 section 7.3).
      application_type: "native",
      redirect_uris: ["http://127.0.0.1/callback", "http://localhost/callback"],
      grant_types: ["authorization_code", "refresh_token", DEVICE_CODE],
      response_types: ["code"],
      token_endpoint_auth_method: "client_secret_basic",
    },
    {
      client_id: `${process.env.CLIENT_ID}-web`,
      client_secret: process.env.CLIENT_SECRET,
      application_type: "web",
      redirect_uris: JSON.parse(process.env.WEB_REDIRECT_URIS),
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "client_secret_basic",
    },
  ],
  // The library's default store keeps only the newest 1,000 entries, so that grants would disappear.
  adapter: (model) => new MemoryAdapter(model, entries),
  clockTolerance: 0,
  pkce: { required: () => true },
  rotateRefreshToken: true,
  scopes: ["openid", "offline_access"],
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  features: {
    deviceFlow: { enabled: true },
    devInteractions: { enabled: true },
    revocation: { enabled: true },
    userinfo: { enabled: true },
  },
  cookies: { keys: ["not a secret: the provider lives as long as the test"] },
  ttl: {
    AccessToken: () => accessTokenSeconds,
    AuthorizationCode: 60,
    Grant: 86_400,
    IdToken: 3_600,
    Interaction: 600,
    RefreshToken: 86_400,
    Session: 3_600,
  },
});
const request = (context) => ({ grant: context.oidc?.params?.grant_type, id: context.oidc?.entities?.Grant?.jti });
provider.on("grant.success", (context) => say({ ...request(context), result: "success" }));
provider.on("grant.error", (context, error) => say({ ...request(context), result: error.error }));
provider.on("grant.revoked", (_context, id) => say({ grant: "any", id, result: "revoked" }));
provider.on("server_error", (_context, error) => say({ server_error: String(error) }));
async function give(count) {
  const client = await provider.Client.find(process.env.CLIENT_ID);
  const scope = "openid offline_access";
  const granted = [];
  for (let number = 0; number < count; number += 1) {
    const grant = new provider.Grant({ accountId: "given", clientId: client.clientId });
    grant.addOIDCScope(scope);
    const id = await grant.save();
    const token = new provider.RefreshToken({ accountId: "given", client, grantId: id, gty: "authorization_code", scope });
    granted.push({ id, refresh_token: await token.save() });
  }
  say({ granted });
}

handle = provider.callback();
say({ ready: issuer });
