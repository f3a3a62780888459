#!/usr/bin/env node
// A certified OpenID provider with everything on that makes a client's life hard: PKCE required, refresh tokens that
// rotate with reuse detection, access tokens of a few seconds, no clock tolerance, `iss` in every answer.
//
// Prints one JSON line `{"ready": ISSUER}`, then one line for every grant: what was asked, and what came of it.
// A line on standard input, `{"access_token_seconds": 60}`, sets how long the next access tokens live (5 at first);
// `{"answer_after_milliseconds": 200}` holds back the answers of the token endpoint, which has done its work by then.
// Every line on standard input is said back, so that its sender knows when all said before has arrived.
// Environment: CLIENT_ID, CLIENT_SECRET; WEB_REDIRECT_URIS, a JSON list for the client CLIENT_ID-web, which is compared
// byte for byte and accepts https only.

import { createServer } from "node:http";
import { createInterface } from "node:readline";
import Provider from "oidc-provider";

const DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code";

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

let accessTokenSeconds = 5;
let answerAfter = 0;
createInterface({ input: process.stdin }).on("line", (line) => {
  const told = JSON.parse(line);
  accessTokenSeconds = told.access_token_seconds ?? accessTokenSeconds;
  answerAfter = told.answer_after_milliseconds ?? answerAfter;
  say(told);
});

// The issuer holds the port, so the port is taken before the provider is made.
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

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: process.env.CLIENT_ID,
      client_secret: process.env.CLIENT_SECRET,
      // A native client may come back to any loopback port (RFC 8252 section 7.3).
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
const grant = (context) => context.oidc?.params?.grant_type;
provider.on("grant.success", (context) => say({ grant: grant(context), result: "success" }));
provider.on("grant.error", (context, error) => say({ grant: grant(context), result: error.error }));
provider.on("grant.revoked", () => say({ grant: "any", result: "revoked" }));
provider.on("server_error", (_context, error) => say({ server_error: String(error) }));
handle = provider.callback();
say({ ready: issuer });
