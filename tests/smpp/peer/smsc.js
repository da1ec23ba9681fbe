// The npm package smpp as an SMSC with one subscriber. Prints what it hears as JSON lines, its port first.
// Usage: node smsc.js NODE_MODULES [KEY CERTIFICATE]
'use strict';
const fs = require('fs');
const path = require('path');
const smpp = require(path.join(process.argv[2], 'smpp'));

const PHONE = { source_addr: '8613800138000', source_addr_ton: 1, source_addr_npi: 1 };
const UCS2 = 8;
const tell = (event, rest) => process.stdout.write(JSON.stringify({ event, ...rest }) + '\n');
const text = (pdu) => (pdu.short_message.message === undefined ? '' : pdu.short_message.message.toString());

let ids = 0x1000;

function subscriber(session) {
  const ussd = (op, unit, words) =>
    session.deliver_sm({
      ...PHONE, destination_addr: '*120#', service_type: 'USSD', short_message: words,
      ussd_service_op: op, its_session_info: Buffer.from([0x2a, unit << 1]),
    }, (answer) => tell('deliver_sm_resp', { status: answer.command_status }));

  session.on('submit_sm', (pdu) => {
    const udh = pdu.short_message.udh ? pdu.short_message.udh.map((part) => part.toString('hex')) : null;
    tell('submit_sm', {
      to: pdu.destination_addr, from: pdu.source_addr, coding: pdu.data_coding, text: text(pdu), udh,
      op: pdu.ussd_service_op, session: pdu.its_session_info ? pdu.its_session_info.toString('hex') : undefined,
    });
    if (text(pdu) === 'no such number') {
      session.send(pdu.response({ command_status: smpp.ESME_RINVDSTADR }));
      return;
    }
    const id = (ids += 1).toString(16);
    session.send(pdu.response({ message_id: id }));
    if (pdu.ussd_service_op === 2) ussd(0x12, 2, '1');
    if (text(pdu) === 'write to me') {
      const words = '我要预约下周一上午的号'.repeat(9);
      session.deliver_sm({ ...PHONE, destination_addr: '12580', data_coding: UCS2, short_message: words.slice(0, 60) }, () => {});
    }
    if (pdu.registered_delivery) {
      session.deliver_sm({
        ...PHONE, esm_class: 4, receipted_message_id: id, message_state: 2,
        short_message: { message: `id:${id} sub:001 dlvrd:001 submit date:2601010000 done date:2601010001 stat:DELIVRD err:000 text:` },
      }, () => {});
    }
  });
  ussd(1, 0, '*120*1#');
}

function serve(session) {
  session.on('error', (error) => tell('error', { message: error.message }));
  session.on('bind_transceiver', (pdu) => {
    const right = pdu.password === 'secret';
    tell('bind_transceiver', { system_id: pdu.system_id, version: pdu.interface_version, accepted: right });
    session.send(pdu.response(right ? { system_id: 'npm' } : { command_status: smpp.ESME_RINVPASWD }));
    if (right) subscriber(session);
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

const [, , , key, cert] = process.argv;
const options = key ? { key: fs.readFileSync(key), cert: fs.readFileSync(cert) } : {};
const server = smpp.createServer(options, serve);
server.listen(0, '127.0.0.1', () => tell('listening', { port: server.address().port }));
