// The npm package smpp as an SMSC that knows every operation. Prints what it hears as JSON lines, its port first.
// Usage: node operations.js NODE_MODULES [OUTBIND_PORT]: with a port it calls the ESME there and sends an outbind.
'use strict';
const path = require('path');
const smpp = require(path.join(process.argv[2], 'smpp'));

const PHONE = { source_addr: '8613800138000', source_addr_ton: 1, source_addr_npi: 1, destination_addr: '12580' };
const tell = (event, rest) => process.stdout.write(JSON.stringify({ event, ...rest }) + '\n');
const words = (value) => (Buffer.isBuffer(value) ? value.toString() : value && value.message !== undefined ? value.message.toString() : '');

let ids = 0;
let waiting = [];
let throttled = 0;
const receivers = [];

function deliver() {
  const session = receivers[receivers.length - 1];
  const answered = (name) => (answer) => tell('answer', { name, status: answer.command_status });
  session.deliver_sm({ ...PHONE, short_message: 'YY' }, answered('deliver_sm'));
  session.alert_notification({ source_addr: '8613800138000', esme_addr: '12580' });
  session.data_sm({ ...PHONE, message_payload: 'by data' }, answered('data_sm'));
}

// What a text asks for; anything else is taken.
const wishes = {
  'be slow': (session, pdu) => {  // answers come in batches, the last request first
    waiting.push(() => session.send(pdu.response({ message_id: `slow-${pdu.sequence_number}` })));
    tell('slow', { open: waiting.length });
    if (waiting.length === 1) setTimeout(() => { waiting.reverse().forEach((answer) => answer()); waiting = []; }, 60);
  },
  'throttle me': (session, pdu) => {
    throttled += 1;
    session.send(pdu.response(throttled <= 2 ? { command_status: smpp.ESME_RTHROTTLED } : { message_id: 'at last' }));
  },
  'ask me': (session, pdu) => session.enquire_link((answer) => {
    tell('enquire_link_resp', { status: answer.command_status });
    session.send(pdu.response({ message_id: 'asked' }));
  }),
  'unbind me': (session, pdu) => {
    session.unbind((answer) => {
      tell('unbind_resp', { status: answer.command_status });
      session.close();
    });
    setTimeout(() => session.send(pdu.response({ message_id: 'before the end' })), 30);
  },
  deliver: (session, pdu) => {
    session.send(pdu.response({ message_id: 'deliver' }));
    deliver();
  },
};

function serve(session) {
  session.on('error', (error) => tell('error', { message: error.message }));
  for (const mode of ['transceiver', 'transmitter', 'receiver']) {
    session.on(`bind_${mode}`, (pdu) => {
      tell('bind', { mode, system_id: pdu.system_id, version: pdu.interface_version, range: pdu.address_range });
      session.send(pdu.response({ system_id: 'npm', sc_interface_version: 0x34 }));
      if (mode !== 'transmitter') receivers.push(session);
      if (mode === 'receiver') deliver();
    });
  }
  session.on('submit_sm', (pdu) => {
    const wish = wishes[words(pdu.short_message)];
    if (wish) return wish(session, pdu);
    tell('submit_sm', { text: words(pdu.short_message), vendor: pdu[0x1401] });
    return session.send(pdu.response({ message_id: `id-${(ids += 1)}` }));
  });
  session.on('submit_multi', (pdu) => {
    tell('submit_multi', { to: pdu.dest_address.map((to) => to.destination_addr || to.dl_name), text: words(pdu.short_message) });
    session.send(pdu.response({
      message_id: 'multi',
      unsuccess_sme: [{ dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: '8613900139000', error_status_code: 11 }],
    }));
  });
  session.on('data_sm', (pdu) => {
    tell('data_sm', { to: pdu.destination_addr, text: words(pdu.message_payload) });
    session.send(pdu.response({ message_id: 'data' }));
  });
  session.on('query_sm', (pdu) => {
    tell('query_sm', { id: pdu.message_id, from: pdu.source_addr });
    session.send(pdu.response({ message_id: pdu.message_id, final_date: '260101120000000+', message_state: 2 }));
  });
  session.on('cancel_sm', (pdu) => {
    tell('cancel_sm', { id: pdu.message_id, to: pdu.destination_addr });
    session.send(pdu.response());
  });
  session.on('replace_sm', (pdu) => {
    tell('replace_sm', { id: pdu.message_id, text: words(pdu.short_message) });
    session.send(pdu.response({ command_status: smpp.ESME_RREPLACEFAIL }));
  });
  session.on('enquire_link', (pdu) => {
    tell('enquire_link');
    session.send(pdu.response());
  });
  session.on('unbind', (pdu) => {
    tell('unbind');
    session.send(pdu.response());
    session.close();
  });
}

if (process.argv[3]) {
  const session = smpp.connect({ host: '127.0.0.1', port: Number(process.argv[3]) }, () => {
    session.outbind({ system_id: 'npm', password: process.argv[4] });
    tell('called');
  });
  session.on('close', () => tell('closed'));
  serve(session);
} else {
  const server = smpp.createServer(serve);
  server.listen(0, '127.0.0.1', () => tell('listening', { port: server.address().port }));
}
