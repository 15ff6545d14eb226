// Node's ws with any perMessageDeflate options: /?options=JSON echoes; &fragments=N sends each answer in N frames.
// Prints its port, ends when standard input does.
const http = require('http');
const { WebSocketServer } = require('ws');

const servers = new Map();

function serverFor(options) {
  if (!servers.has(options)) {
    servers.set(options, new WebSocketServer({ noServer: true, perMessageDeflate: JSON.parse(options) }));
  }
  return servers.get(options);
}

function answer(socket, data, binary, fragments) {
  if (fragments < 2) {
    socket.send(data, { binary });
    return;
  }
  const size = Math.ceil(data.length / fragments);
  for (let n = 0; n < fragments; n++) {
    socket.send(data.subarray(n * size, (n + 1) * size), { binary, fin: n === fragments - 1 });
  }
}

const listener = http.createServer();
listener.on('upgrade', (request, socket, head) => {
  const query = new URL(request.url, 'http://x').searchParams;
  const fragments = Number(query.get('fragments') || 1);
  serverFor(query.get('options') || '{}').handleUpgrade(request, socket, head, (client) => {
    client.on('message', (data, binary) => answer(client, data, binary, fragments));
    client.on('error', (error) => process.stderr.write(`${error}\n`));
  });
});
listener.listen(0, '127.0.0.1', () => process.stdout.write(`${listener.address().port}\n`));
process.stdin.on('end', () => process.exit(0)).resume();
