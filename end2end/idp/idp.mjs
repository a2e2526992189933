// An invented identity provider for trying out and for the browser's tests: `make idp` starts it.
//
// It plays 粤信签: somebody types a document and a name, and "face" is a button. The protocol is real: the package oidc-provider is
// a certified implementation of OpenID Connect. It knows nobody, believes everything, and forgets all when it stops.
//
//   IDP_PORT      where it listens on localhost (3009)
//   IDP_REDIRECT  where it sends people back to (http://localhost:3000/auth/callback)
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const port = Number(process.env.IDP_PORT ?? 3009);
const redirect = process.env.IDP_REDIRECT ?? 'http://localhost:3000/auth/callback';
const issuer = `http://localhost:${port}`;
const toml = readFileSync(new URL('../../src/demo/idp.toml', import.meta.url), 'utf8').replace('http://localhost:3009', issuer);
const setting = (key) => toml.match(new RegExp(`^${key} = \\[?"([^"]+)"`, 'm'))[1];
const FACE = setting('acr');
const PASSWORD = 'urn:demo:password';

/** Everyone who was here, by subject: the same document is the same account each time. */
const people = new Map();

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: setting('client_id'),
      client_secret: setting('client_secret'),
      redirect_uris: [redirect],
      response_types: ['code'],
      grant_types: ['authorization_code'],
    },
  ],
  jwks: { keys: [generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })] },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  acrValues: [FACE, PASSWORD],
  claims: { openid: ['sub'], identity: ['name', 'id_number', 'id_type', 'user_type'], phone: ['phone_number'], acr: null, auth_time: null, iss: null, sid: null },
  scopes: ['openid', 'identity', 'phone'],
  // The ID token itself says who it is: nobody needs to ask twice.
  conformIdTokenClaims: false,
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, sub) => (people.has(sub) ? { accountId: sub, claims: () => ({ sub, ...people.get(sub) }) } : undefined),
  // Whoever signs in here wants to be known there: that is what the button says.
  loadExistingGrant: async ({ oidc }) => {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope(oidc.params.scope);
    await grant.save();
    return grant;
  },
  ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 60, IdToken: 300 },
});

const answer = provider.callback();
const server = createServer(async (request, response) => {
  // Nobody stays signed in here: each verification is anew, also by someone else in the same browser.
  const kept = (request.headers.cookie ?? '').split('; ').filter((cookie) => !cookie.startsWith('_session'));
  request.headers.cookie = kept.join('; ');
  if (!request.url.startsWith('/interaction/')) return answer(request, response);
  try {
    await provider.interactionDetails(request, response);
    if (request.method === 'POST') return await enter(request, response);
    page(response, 200, form());
  } catch (error) {
    page(response, 400, `<p>这次验证已经结束，请回到申报页面重新开始。<br>This verification is over, please begin anew.</p><!-- ${error.name} -->`);
  }
});

/** A person pressed a button. */
async function enter(request, response) {
  const values = new URLSearchParams(await body(request));
  if (values.get('button') === 'cancel') {
    return provider.interactionFinished(request, response, { error: 'access_denied', error_description: 'cancelled' });
  }
  const text = (name) => (values.get(name) ?? '').trim();
  if (!text('number') || !text('name')) return page(response, 422, form(values, '请输入证件号码和姓名 · Give a document and a name'));
  const type = text('account') === 'enterprise' ? 'enterprise' : 'person';
  const sub = createHash('sha256').update(`${type}\n${text('type')}\n${text('number').toUpperCase()}`).digest('hex').slice(0, 32);
  const phone = text('phone') ? { phone_number: text('phone') } : {};
  people.set(sub, { name: text('name'), id_number: text('number'), id_type: text('type') || '10', user_type: type, ...phone });
  const acr = values.get('button') === 'face' ? FACE : PASSWORD;
  await provider.interactionFinished(request, response, { login: { accountId: sub, acr, remember: false } }, { mergeWithLastSubmission: false });
}

async function body(request) {
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > 10_000) throw new Error('too long');
  }
  return text;
}

const escape = (text) => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);

function form(values = new URLSearchParams(), problem = '') {
  const value = (name) => escape(values.get(name) ?? '');
  return `
    ${problem ? `<p role="alert">${problem}</p>` : ''}
    <form method="post">
      <label for="number">证件号码</label><input id="number" name="number" value="${value('number')}" autocomplete="off">
      <label for="type">证件类型</label><select id="type" name="type"><option value="10">居民身份证</option><option value="14">护照</option></select>
      <label for="name">姓名</label><input id="name" name="name" value="${value('name')}" autocomplete="off">
      <label for="phone">手机号码（可不填）</label><input id="phone" name="phone" value="${value('phone')}" autocomplete="off">
      <fieldset>
        <legend>账号类型</legend>
        <label><input type="radio" name="account" value="person" checked> 个人账号</label>
        <label><input type="radio" name="account" value="enterprise"> 企业账号</label>
      </fieldset>
      <button name="button" value="face">刷脸验证</button>
      <button name="button" value="password">只用密码登录</button>
      <button name="button" value="cancel">取消</button>
    </form>`;
}

function page(response, status, content) {
  const style = `body { font: 1rem/1.6 system-ui, sans-serif; max-width: 26rem; margin: 2rem auto; padding: 0 1rem }
    label, input, select, button, fieldset { display: block; width: 100%; box-sizing: border-box; margin-block: .25rem .75rem; font: inherit }
    input, select, button { min-height: 44px } fieldset label, fieldset input { display: inline-block; width: auto; min-height: 0; margin: 0 .5rem 0 0 }
    aside { background: #fff3cd; color: #333; padding: .5rem 1rem }`;
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  response.end(`<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
    <title>粤信签（演示）</title><link rel="icon" href="data:,"><style>${style}</style></head>
    <body><aside>演示：不是真的身份验证，请只填写虚构的人 · A demo: nothing is verified, invent someone</aside>
    <main><h1>粤信签（演示）</h1>${content}</main></body></html>`);
}

server.listen(port, '127.0.0.1', () => {
  console.log(`${toml}\n# The invented identity provider answers on ${issuer}, and sends people back to ${redirect}`);
});
