// Node's ws as a peer: echo, with what the query asks for. Prints its port, ends when standard input does.
const { WebSocketServer } = require('ws');

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: 0,
  perMessageDeflate: { threshold: 0 },
  handleProtocols: (offered) => (offered.has('chat.v2') ? 'chat.v2' : false),
  verifyClient: (info, answer) => {
    const refused = new URL(info.req.url, 'ws://x').pathname === '/forbidden';
    answer(!refused, 403, 'not for you', { 'X-Why': 'a test' });
  },
});

server.on('connection', (socket, request) => {
  const url = new URL(request.url, 'ws://x');
  socket.on('message', (data, isBinary) => {
    if (!isBinary && data.toString() === 'close') socket.close(4001, 'as you said');
    else if (!isBinary && data.toString() === 'terminate') socket.terminate();
    else if (!isBinary && data.toString() === 'ping') socket.ping('are you there');
    else if (url.pathname === '/fragments') {
      const middle = Math.floor(data.length / 2);
      socket.send(data.subarray(0, middle), { binary: isBinary, fin: false });
      socket.send(data.subarray(middle), { binary: isBinary, fin: true });
    } else socket.send(data, { binary: isBinary });
  });
  socket.on('pong', (data) => socket.send(`pong: ${data}`));
  socket.on('error', (error) => process.stderr.write(`${error}\n`));
  const count = Number(url.searchParams.get('count') || 0);
  for (let n = 0; n < count; n++) socket.send(JSON.stringify({ n }));
});

server.on('listening', () => process.stdout.write(`${server.address().port}\n`));
process.stdin.on('end', () => process.exit(0)).resume();
