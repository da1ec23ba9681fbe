// The network of the journeys: npm `smpp` as an SMSC with subscribers, steered by JSON lines on standard input.
//   {"do": "dial", "phone": "8615400000001", "code": "*120#"}   begins a USSD session
//   {"do": "answer", "phone": ..., "text": "1"}   {"do": "abort", "phone": ...}   {"do": "sms", "phone": ..., "text": ...}
// Tells what it sees the same way: listening, bound, ussd (a screen), sms (a whole text), receipt asked, answered.
"use strict";
const smpp = require("smpp");
const tell = (event, rest) => process.stdout.write(JSON.stringify({ event, ...rest }) + "\n");

const esmes = new Set();
const sessions = new Map(); // phone -> {number, unit}
const parts = new Map();
let lastNumber = 0;
let lastId = 0;

const ussd = (phone, op, text, { begin = false, end = false } = {}) => {
  const session = sessions.get(phone);
  const info = Buffer.from([session.number, (session.unit << 1) | (end ? 1 : 0)]);
  const esme = [...esmes].find((one) => one.receives);
  esme.deliver_sm(
    {
      service_type: "USSD", source_addr_ton: 1, source_addr_npi: 1, source_addr: phone,
      destination_addr: begin ? text : "*120#", short_message: text,
      data_coding: /[^\x00-\x7f]/.test(text) ? 8 : 0, ussd_service_op: op, its_session_info: info,
    },
    (answer) => tell("answered", { phone, status: answer.command_status }),
  );
};

const does = {
  dial({ phone, code }) {
    lastNumber = (lastNumber + 1) % 256;
    sessions.set(phone, { number: lastNumber, unit: 0 });
    ussd(phone, 1, code, { begin: true });
  },
  answer({ phone, text }) { ussd(phone, 0x12, text); },
  abort({ phone }) { ussd(phone, 0x81, "", { end: true }); sessions.delete(phone); },
  sms({ phone, text }) {
    const esme = [...esmes].find((one) => one.receives);
    esme.deliver_sm(
      { source_addr_ton: 1, source_addr_npi: 1, source_addr: phone, destination_addr: "12580120", short_message: text },
      (answer) => tell("answered", { phone, status: answer.command_status }),
    );
  },
};

const shown = (pdu) => {
  const phone = pdu.destination_addr;
  const [number, second] = pdu.its_session_info || [];
  const end = pdu.ussd_service_op === 0x11;
  const session = sessions.get(phone);
  const known = session !== undefined && session.number === number;
  if (known) session.unit = second >> 1;
  if (known && end) sessions.delete(phone);
  tell("ussd", { phone, text: pdu.short_message.message, op: pdu.ussd_service_op, end, endBit: second & 1, known, coding: pdu.data_coding });
};

const read = (pdu) => {
  const { message, udh } = pdu.short_message;
  const phone = pdu.destination_addr;
  const concat = (udh || []).find((element) => element[0] === 0);
  let text = message;
  let total = 1;
  if (concat) {
    const [, , reference, count, place] = concat;
    total = count;
    const key = `${phone}:${reference}`;
    const have = parts.get(key) || [];
    have[place - 1] = message;
    parts.set(key, have);
    if (have.filter((part) => part !== undefined).length < count) return;
    parts.delete(key);
    text = have.join("");
  }
  tell("sms", { phone, text, segments: total, from: pdu.source_addr, coding: pdu.data_coding });
};

const receipt = (esme, pdu, id) => esme.deliver_sm({
  source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 4,
  short_message: `id:${id} sub:001 dlvrd:001 submit date:2701010000 done date:2701010000 stat:DELIVRD err:000 text:`,
  receipted_message_id: id, message_state: 2,
});

const server = smpp.createServer((esme) => {
  for (const mode of ["bind_transceiver", "bind_transmitter", "bind_receiver"]) {
    esme.on(mode, (pdu) => {
      if (pdu.system_id !== "caredial" || pdu.password !== "secret") {
        esme.send(pdu.response({ command_status: smpp.ESME_RINVPASWD }));
        return esme.close();
      }
      esme.receives = mode !== "bind_transmitter";
      esmes.add(esme);
      esme.send(pdu.response({ system_id: "journey" }));
      tell("bound", { mode });
    });
  }
  esme.on("submit_sm", (pdu) => {
    const id = (++lastId).toString(16).padStart(8, "0");
    if (pdu.registered_delivery && pdu.ussd_service_op === undefined) receipt(esme, pdu, id); // overtakes its answer
    esme.send(pdu.response({ message_id: id }));
    (pdu.ussd_service_op === undefined ? read : shown)(pdu);
  });
  esme.on("enquire_link", (pdu) => esme.send(pdu.response()));
  esme.on("unbind", (pdu) => { esme.send(pdu.response()); tell("unbound", {}); esme.close(); });
  esme.on("close", () => esmes.delete(esme));
  esme.on("error", (error) => tell("error", { message: String(error) }));
});

server.listen(0, "127.0.0.1", function () { tell("listening", { port: this.address().port }); });
require("readline").createInterface({ input: process.stdin })
  .on("line", (line) => { const command = JSON.parse(line); does[command.do](command); })
  .on("close", () => process.exit(0));
