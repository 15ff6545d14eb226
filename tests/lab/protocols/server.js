// Third-party implementations of protocols, each on a port of its own. Prints the ports as JSON, ends when standard input does.
//
// Servers are themselves. Of protocols that have clients only, a client is started for each connection and joined to it:
// whoever connects plays the server to it.
const fs = require('fs');
const http = require('http');
const https = require('https');
const zlib = require('zlib');
const WebSocket = require('ws');

const ports = {};
const waiting = [];

function listening(name) {
  const server = http.createServer();
  waiting.push(
    new Promise((resolve) =>
      server.listen(0, '127.0.0.1', () => {
        ports[name] = server.address().port;
        resolve();
      }),
    ),
  );
  return server;
}

// A client is told to connect to a port of 127.0.0.1; each of the two is sent what the other sends.
function client(name, start, door = http.createServer) {
  new WebSocket.WebSocketServer({ server: listening(name) }).on('connection', (ours) => {
    const server = door();
    const inner = new WebSocket.WebSocketServer({ server });
    const early = [];
    let theirs;
    const forward = (data, isBinary) => theirs.send(data, { binary: isBinary });
    ours.on('message', (data, isBinary) => (theirs ? forward(data, isBinary) : early.push([data, isBinary])));
    inner.once('connection', (socket) => {
      theirs = socket;
      early.forEach((one) => forward(...one));
      socket.on('message', (data, isBinary) => ours.send(data, { binary: isBinary }));
      socket.on('close', () => ours.close());
    });
    server.listen(0, '127.0.0.1', () => {
      const stop = start(server.address().port);
      ours.on('close', () => {
        stop();
        inner.clients.forEach((one) => one.terminate());
        server.close();
      });
    });
  });
}

// --- Socket.IO -----------------------------------------------------------------------------------------------------
const { Server } = require('socket.io');
const io = new Server(listening('socket.io'), { pingInterval: 300, pingTimeout: 2000 });
io.on('connection', (socket) => {
  socket.on('chat', (text) => socket.emit('chat', `you said ${text}`, { count: 1 }));
  socket.on('add', (a, b, answer) => answer(a + b));
  socket.on('file', (data, answer) => answer({ size: data.length, back: Buffer.from(data).reverse() }));
  socket.on('picture', () => socket.emit('picture', Buffer.from([1, 2, 3]), 'png'));
});
io.of('/admin').on('connection', (socket) => socket.emit('welcome', socket.handshake.auth));

// --- SockJS, and STOMP in it ---------------------------------------------------------------------------------------
const echo = require('sockjs').createServer({ log: () => {} });
echo.on('connection', (connection) => connection.on('data', (text) => connection.write(text)));
echo.installHandlers(listening('sockjs'), { prefix: '/echo' });

// --- STOMP ---------------------------------------------------------------------------------------------------------
const Stomp = require('stomp-broker-js');
for (const [name, protocol] of [['stomp', 'ws'], ['stomp in sockjs', 'sockjs']]) {
  const broker = new Stomp({ server: listening(name), path: '/stomp', protocol, heartbeat: [0, 0] });
  broker.subscribe('/queue/a', (text) => broker.send('/queue/back', { destination: '/queue/back' }, text));
}

// --- GraphQL -------------------------------------------------------------------------------------------------------
const { buildSchema, execute, subscribe } = require('graphql');
const schema = buildSchema('type Query { hello: String, broken: String } type Subscription { tick: Int }');
const rootValue = {
  hello: () => 'world',
  broken: () => {
    throw new Error('it broke');
  },
  tick: async function* () {
    for (let tick = 1; tick <= 3; tick++) yield { tick };
  },
};
require('graphql-ws/use/ws').useServer(
  { schema, roots: { query: rootValue, subscription: rootValue } },
  new WebSocket.WebSocketServer({ server: listening('graphql-transport-ws') }),
);
require('subscriptions-transport-ws').SubscriptionServer.create(
  { schema, rootValue, execute, subscribe },
  { server: listening('graphql-ws') },
);

// --- SignalR: what @microsoft/signalr writes and reads, with a hub of two methods ------------------------------------
const signalr = require('@microsoft/signalr');
const { MessagePackHubProtocol } = require('@microsoft/signalr-protocol-msgpack');
const { HandshakeProtocol } = require('@microsoft/signalr/dist/cjs/HandshakeProtocol');
new WebSocket.WebSocketServer({ server: listening('signalr') }).on('connection', (socket) => {
  let protocol;
  socket.on('message', (data, isBinary) => {
    if (!protocol) {
      const asked = JSON.parse(data.toString().slice(0, -1)).protocol;
      protocol = asked === 'json' ? new signalr.JsonHubProtocol() : new MessagePackHubProtocol();
      socket.send('{}\x1e');
      return;
    }
    const input = isBinary ? new Uint8Array(data).buffer : data.toString();
    for (const message of protocol.parseMessages(input, signalr.NullLogger.instance)) {
      const answer = (fields) =>
        socket.send(protocol.writeMessage({ headers: {}, invocationId: message.invocationId, ...fields }));
      if (message.target === 'Add') answer({ type: 3, result: message.arguments[0] + message.arguments[1] });
      else if (message.target === 'Fail') answer({ type: 3, error: 'it failed' });
      else if (message.target === 'Count') {
        answer({ type: 2, item: 1 });
        answer({ type: 2, item: 2 });
        answer({ type: 3 });
      } else if (message.target === 'Greet') {
        socket.send(protocol.writeMessage({ type: 1, target: 'Greeted', arguments: message.arguments }));
      } else if (message.type === 6) socket.send(protocol.writeMessage({ type: 6 }));
    }
  });
});
client('signalr client', (port) => {
  const connection = new signalr.HubConnectionBuilder()
    .withUrl(`http://127.0.0.1:${port}/hub`, { skipNegotiation: true, transport: 1, WebSocket })
    .configureLogging(signalr.LogLevel.None)
    .build();
  connection.on('Ask', async (what) => {
    const answer = await connection.invoke('Answer', what);
    connection.stream('Count', answer).subscribe({ next: (item) => connection.send('Counted', item), complete() {}, error() {} });
  });
  connection.start().catch(() => {});
  return () => connection.stop();
});

// --- Phoenix and Pusher: their clients -------------------------------------------------------------------------------
const phoenix = require('phoenix');
client('phoenix', (port) => {
  const socket = new phoenix.Socket(`ws://127.0.0.1:${port}/socket`, { transport: WebSocket, heartbeatIntervalMs: 200 });
  socket.connect();
  const channel = socket.channel('rooms:lobby', { token: 't' });
  channel.on('ask', (payload) => {
    channel.push('said', payload).receive('ok', (answer) => channel.push('heard', answer));
    channel.push('file', new Uint8Array([1, 2, 3]).buffer).receive('ok', (answer) => {
      channel.push('got', { size: answer.byteLength });
    });
  });
  channel.on('bytes', (data) => channel.push('counted', { size: data.byteLength }));
  channel.join();
  return () => socket.disconnect();
});

const Pusher = require('pusher-js');
client('pusher', (port) => {
  const pusher = new Pusher('key', {
    cluster: '', wsHost: '127.0.0.1', wsPort: port, forceTLS: false, enableStats: false, enabledTransports: ['ws'],
  });
  const channel = pusher.subscribe('ticks');
  channel.bind('tick', (data) => pusher.send_event('client-got', { price: data.price }, 'ticks'));
  return () => pusher.disconnect();
});

// --- JSON-RPC --------------------------------------------------------------------------------------------------------
const rpc = new (require('rpc-websockets').Server)({ server: listening('json-rpc') });
rpc.register('add', ([a, b]) => a + b);
rpc.event('tick');
rpc.register('tick', () => setImmediate(() => rpc.emit('tick', { price: 1.5 })) && 'soon');

// --- a realtime LLM service's client ---------------------------------------------------------------------------------
const tls = (what) => fs.readFileSync(`${process.env.TLS_FILES}.${what}`);
const { OpenAI } = require('openai');
const { OpenAIRealtimeWS } = require('openai/realtime/ws');
client('realtime', (port) => {
  const openai = new OpenAI({ apiKey: 'none', baseURL: `https://127.0.0.1:${port}/v1` });
  const realtime = new OpenAIRealtimeWS({ model: 'any', options: { rejectUnauthorized: false } }, openai);
  realtime.on('error', () => {});
  realtime.on('session.created', () => {
    realtime.send({ type: 'session.update', session: { type: 'realtime', audio: { input: { format: { type: 'audio/pcm', rate: 24000 } } } } });
    realtime.send({ type: 'input_audio_buffer.append', audio: Buffer.alloc(24000).toString('base64') });
    realtime.send({ type: 'response.create' });
  });
  realtime.on('response.output_audio_transcript.delta', (event) => {
    realtime.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: event.delta }] } });
  });
  return () => realtime.close();
}, () => https.createServer({ cert: tls('pem'), key: tls('key') })); // it speaks TLS only

// --- formats ---------------------------------------------------------------------------------------------------------
const msgpack = require('@msgpack/msgpack');
const cbor = require('cbor');
const protobuf = require('protobufjs');
const zstd = require('@bokuweb/zstd-wasm');
waiting.push(zstd.init());
const order = { symbol: 'BTC', price: 70000.5, levels: [1, 2, 3] };
const Trade = protobuf.parse(
  'syntax = "proto3"; message Trade { string symbol = 1; double price = 2; repeated int32 levels = 3; int32 id = 4; }',
).root.lookupType('Trade');
const more = { time: new Date(0), raw: Buffer.from([1]) };
const zipped = (zip, unzip) => ({ write: (value) => zip(Buffer.from(JSON.stringify(value))), read: (data) => JSON.parse(Buffer.from(unzip(data))) });
// How a value is written and read, and what the first one has besides the order.
const formats = {
  msgpack: { write: (value) => msgpack.encode(value), read: (data) => msgpack.decode(data), more },
  cbor: { write: (value) => cbor.encode(value), read: (data) => cbor.decodeFirstSync(data), more: { ...more, big: 2n ** 64n } },
  protobuf: { write: (value) => Trade.encode(value).finish(), read: (data) => Trade.decode(data) },
  gzip: zipped(zlib.gzipSync, zlib.gunzipSync),
  zlib: zipped(zlib.deflateSync, zlib.inflateSync),
  deflate: zipped(zlib.deflateRawSync, zlib.inflateRawSync),
  brotli: zipped(zlib.brotliCompressSync, zlib.brotliDecompressSync),
  zstd: zipped((data) => zstd.compress(data), (data) => zstd.decompress(data)),
  text: { write: () => Buffer.from('plain words\n') },
};
new WebSocket.WebSocketServer({ server: listening('formats') }).on('connection', (socket, request) => {
  const name = request.url.slice(1);
  if (name === 'zlib-stream') {
    const stream = zlib.createDeflate();
    let parts = [];
    stream.on('data', (part) => parts.push(part));
    const send = (count) => {
      if (!count) return;
      stream.write(JSON.stringify({ ...order, count }));
      stream.flush(zlib.constants.Z_SYNC_FLUSH, () => {
        socket.send(Buffer.concat(parts));
        parts = [];
        send(count - 1);
      });
    };
    send(3);
    return;
  }
  const { write, read, more } = formats[name];
  socket.send(write({ ...order, ...more }));
  socket.on('message', (data) => socket.send(write({ ...order, id: read(data).id })));
});

Promise.all(waiting).then(() => process.stdout.write(`${JSON.stringify(ports)}\n`));
process.on('uncaughtException', (error) => process.stderr.write(`${error.stack}\n`));
process.stdin.on('end', () => process.exit(0)).resume();
