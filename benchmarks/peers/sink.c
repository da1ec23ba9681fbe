/* An SMS centre that takes everything: counts, answers, drops links when told to. It knows SMPP 3.4 as far as load
 * tests need it, shares no code with CareDial or its peers, and listens on 127.0.0.1 only.
 *
 *   sink PORT
 *
 * PORT      SMPP: binds anybody; answers submit_sm, enquire_link and unbind; anything else with generic_nack.
 * PORT + 1  control, one line a connection (see control()); the answer is one line, numbers are JSON.
 * PORT + 2  HTTP: any request gets 200 and an empty body, and is counted. Peers tell receipts there.
 *
 * One thread, epoll, no locks. All times are CLOCK_MONOTONIC, which Python's time.monotonic() reads too; the record
 * has CLOCK_REALTIME, so that it can stand beside times in a database.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SMPP = 0, CONTROL = 1, HTTP = 2, KINDS = 3 };
enum { MOST_CONNECTIONS = 512, HEADER = 16, MOST_PDU = 100000, READ_AT_ONCE = 262144 };
enum {
    BIND_RECEIVER = 0x1, BIND_TRANSMITTER = 0x2, SUBMIT_SM = 0x4, DELIVER_SM = 0x5, UNBIND = 0x6,
    BIND_TRANSCEIVER = 0x9, ENQUIRE_LINK = 0x15
};
static const uint32_t RESPONSE = 0x80000000, GENERIC_NACK = 0x80000000;
static const uint32_t INVALID_COMMAND = 0x3, THROTTLED = 0x58;
static const uint64_t SECOND = 1000000000ULL;

/* A submit_sm that was taken, while something of it is not done yet. */
typedef struct {
    uint64_t due, id;
    uint32_t connection, generation, sequence, status, receipt_sequence;
    int wants_receipt, receipt_answered;
    char source[24], destination[24];
} Waiting;

typedef struct {
    Waiting *all;
    size_t room, head, length;
} Queue;

typedef struct {
    int fd, kind;
    uint32_t generation; /* grows when the slot is used again: answers for the one before are dropped */
    uint8_t *in, *out;
    size_t in_length, in_room, out_length, out_room;
    int bound, receives, waits_to_write, unflushed, outstanding;
    uint32_t sequence;
    Queue told; /* whose receipts were sent, and are not answered */
} Connection;

static Connection connections[MOST_CONNECTIONS];
static int poller, listeners[KINDS];
static volatile sig_atomic_t stopped;

/* What is set by control lines. */
static uint64_t latency; /* nanoseconds from a submit_sm to its answer; set it while none is on its way */
static int receipts, quick_ack, deaf;
static size_t receipt_window = 100; /* receipts that may be unanswered on one link; the others wait */
static uint32_t throttle_at; /* submit_sm a second; 0: none is refused */
static FILE *record;
static char record_prefix[24]; /* only texts to such phones are recorded */

/* What is counted, since `reset`. */
static struct {
    uint64_t submitted, answered, throttled, receipts, receipts_answered, receipts_refused;
    uint64_t unknown, binds, http, segments, octets;
    uint64_t first, last, last_answer, last_receipt_answer, last_http;
    int most_outstanding;
} counts;

static Queue unanswered; /* in the order of their answers, as the latency is one for all */
static Queue unreceipted; /* whose receipts wait till there is a link with room for them */
static uint64_t receipts_pause; /* after a refusal none is sent until then */
static uint64_t next_id = 1000000000ULL, throttle_second;
static uint32_t throttle_taken;

static uint64_t clock_ns(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

static uint64_t now(void) { return clock_ns(CLOCK_MONOTONIC); }

static uint32_t read32(const uint8_t *p) {
    uint32_t value;
    memcpy(&value, p, 4);
    return ntohl(value);
}

static void write32(uint8_t *p, uint32_t value) {
    value = htonl(value);
    memcpy(p, &value, 4);
}

static void *grown(void *old, size_t room) {
    void *p = realloc(old, room);
    if (p == NULL) {
        fprintf(stderr, "sink: out of memory\n");
        exit(1);
    }
    return p;
}

/* ---- queues ---- */

static void append(Queue *queue, const Waiting *message) {
    if (queue->length == queue->room) {
        size_t room = queue->room ? queue->room * 2 : 4096;
        Waiting *larger = grown(NULL, room * sizeof *larger);
        for (size_t i = 0; i < queue->length; i++) larger[i] = queue->all[(queue->head + i) % queue->room];
        free(queue->all);
        queue->all = larger;
        queue->room = room;
        queue->head = 0;
    }
    queue->all[(queue->head + queue->length++) % queue->room] = *message;
}

static const Waiting *first_of(const Queue *queue) { return queue->length ? &queue->all[queue->head] : NULL; }

static void drop_first(Queue *queue) {
    queue->head = (queue->head + 1) % queue->room;
    queue->length--;
}

/* ---- connections ---- */

/* Receipts that are not answered are sent again over the next link. */
static void hang_up(Connection *c) {
    if (c->fd < 0) return;
    for (; c->told.length; drop_first(&c->told)) /* they may not have been read */
        if (!first_of(&c->told)->receipt_answered) append(&unreceipted, first_of(&c->told));
    close(c->fd); /* also takes it out of epoll */
    c->fd = -1;
    c->generation++;
    c->in_length = c->out_length = 0;
    c->bound = c->receives = c->waits_to_write = c->unflushed = c->outstanding = 0;
}

static void watch(Connection *c, int operation, int to_write) {
    struct epoll_event event = {.events = EPOLLIN | (to_write ? EPOLLOUT : 0)};
    event.data.u32 = (uint32_t)(c - connections) + KINDS;
    epoll_ctl(poller, operation, c->fd, &event);
    c->waits_to_write = to_write;
}

static void flush(Connection *c) {
    size_t written = 0;
    if (c->fd < 0) return;
    while (written < c->out_length) {
        ssize_t n = send(c->fd, c->out + written, c->out_length - written, MSG_NOSIGNAL);
        if (n >= 0) {
            written += (size_t)n;
        } else if (errno == EAGAIN) {
            break;
        } else if (errno != EINTR) {
            hang_up(c);
            return;
        }
    }
    memmove(c->out, c->out + written, c->out_length - written);
    c->out_length -= written;
    if ((c->out_length > 0) != c->waits_to_write) watch(c, EPOLL_CTL_MOD, c->out_length > 0);
    c->unflushed = 0;
}

static uint8_t *room_to_write(Connection *c, size_t length) {
    if (c->out_length + length > c->out_room) {
        c->out_room = (c->out_length + length) * 2 + 65536;
        c->out = grown(c->out, c->out_room);
    }
    uint8_t *p = c->out + c->out_length;
    c->out_length += length;
    c->unflushed = 1;
    return p;
}

static void put(Connection *c, const void *octets, size_t length) { memcpy(room_to_write(c, length), octets, length); }

/* ---- SMPP, out ---- */

/* A response; `text` is its C-octet string, NULL: the header is all. */
static void respond(Connection *c, uint32_t command, uint32_t status, uint32_t sequence, const char *text) {
    size_t body = text ? strlen(text) + 1 : 0;
    uint8_t *p = room_to_write(c, HEADER + body);
    write32(p, (uint32_t)(HEADER + body));
    write32(p + 4, command | RESPONSE);
    write32(p + 8, status);
    write32(p + 12, sequence);
    if (body) memcpy(p + HEADER, text, body);
}

static size_t put_address(uint8_t *p, const char *number) {
    p[0] = p[1] = 1; /* international, E.164 */
    return 2 + (size_t)sprintf((char *)p + 2, "%s", number) + 1;
}

/* A deliver_sm with the receipt of this message: the usual text, and the two TLVs of it (SMPP 3.4, 5.3.2.12, .35). */
static void send_receipt(Connection *c, const Waiting *message) {
    char text[200], id[24];
    uint8_t pdu[400];
    memset(pdu, 0, sizeof pdu);
    snprintf(id, sizeof id, "%llu", (unsigned long long)message->id);
    int length = snprintf(text, sizeof text,
                          "id:%s sub:001 dlvrd:001 submit date:2601010000 done date:2601010000 "
                          "stat:DELIVRD err:000 text:x", id);
    size_t n = HEADER + 1; /* service_type "" */
    n += put_address(pdu + n, message->destination);
    n += put_address(pdu + n, message->source);
    pdu[n] = 4; /* esm_class: a receipt */
    n += 9;     /* protocol, priority, two times, registered, replace, data_coding, default message: all 0 */
    pdu[n++] = (uint8_t)length;
    memcpy(pdu + n, text, (size_t)length);
    n += (size_t)length;
    size_t id_length = strlen(id) + 1;
    const uint8_t receipted_message_id[] = {0x00, 0x1e, 0x00, (uint8_t)id_length};
    const uint8_t message_state_delivered[] = {0x04, 0x27, 0x00, 0x01, 0x02};
    memcpy(pdu + n, receipted_message_id, sizeof receipted_message_id);
    n += sizeof receipted_message_id;
    memcpy(pdu + n, id, id_length);
    n += id_length;
    memcpy(pdu + n, message_state_delivered, sizeof message_state_delivered);
    n += sizeof message_state_delivered;
    write32(pdu, (uint32_t)n);
    write32(pdu + 4, DELIVER_SM);
    Waiting sent = *message;
    sent.receipt_sequence = ++c->sequence & 0x3fffffff;
    append(&c->told, &sent);
    write32(pdu + 12, sent.receipt_sequence);
    put(c, pdu, n);
    counts.receipts++;
}

/* One that was refused is sent again, after a pause of 50 ms for all. */
static void receipt_answered(Connection *c, uint32_t sequence, uint32_t status) {
    if (status) {
        counts.receipts_refused++;
        receipts_pause = now() + SECOND / 20;
    } else {
        counts.receipts_answered++;
        counts.last_receipt_answer = now();
    }
    for (size_t i = 0; i < c->told.length; i++) { /* as good as always it is the first */
        Waiting *sent = &c->told.all[(c->told.head + i) % c->told.room];
        if (sent->receipt_sequence != sequence) continue;
        sent->receipt_answered = 1;
        if (status) append(&unreceipted, sent);
        break;
    }
    while (c->told.length && first_of(&c->told)->receipt_answered) drop_first(&c->told);
}

static int can_take_receipt(const Connection *c) {
    return c->fd >= 0 && c->receives && c->told.length < receipt_window;
}

static Connection *receiver(void) {
    for (int i = 0; i < MOST_CONNECTIONS; i++)
        if (can_take_receipt(&connections[i])) return &connections[i];
    return NULL;
}

/* Sends what waits, as far as there is room. */
static void send_receipts(void) {
    if (!unreceipted.length || deaf || now() < receipts_pause) return;
    for (Connection *c = receiver(); c != NULL && unreceipted.length; c = receiver()) {
        for (; unreceipted.length && can_take_receipt(c); drop_first(&unreceipted)) {
            Waiting message = *first_of(&unreceipted);
            message.receipt_answered = 0;
            send_receipt(c, &message);
        }
        flush(c);
    }
}

/* Over the link of its message where that can take it, else over any, or later. */
static void receipt(const Waiting *message) {
    Connection *c = &connections[message->connection];
    if (!message->wants_receipt) return;
    if (!unreceipted.length && can_take_receipt(c)) send_receipt(c, message);
    else append(&unreceipted, message);
}

/* Of a message whose link has gone nobody is told that it was taken; but it has its receipt. */
static void answer(const Waiting *message) {
    Connection *c = &connections[message->connection];
    char id[24];
    if (c->fd >= 0 && c->generation == message->generation) {
        c->outstanding--;
        if (message->status) {
            respond(c, SUBMIT_SM, message->status, message->sequence, NULL);
            counts.throttled++;
            return;
        }
        snprintf(id, sizeof id, "%llu", (unsigned long long)message->id);
        respond(c, SUBMIT_SM, 0, message->sequence, id);
        counts.answered++;
        counts.last_answer = now();
    }
    receipt(message);
}

static void answer_due(uint64_t until) {
    const Waiting *message = first_of(&unanswered);
    if (message == NULL || message->due > until) return;
    for (; message != NULL && message->due <= until; message = first_of(&unanswered)) {
        Waiting due = *message;
        drop_first(&unanswered);
        answer(&due);
    }
    for (int i = 0; i < MOST_CONNECTIONS; i++)
        if (connections[i].fd >= 0 && connections[i].unflushed) flush(&connections[i]);
}

/* ---- SMPP, in ---- */

/* Reads a C-octet string into `out` (cut to its room) and returns what follows it. */
static const uint8_t *read_string(const uint8_t *p, const uint8_t *end, char *out, size_t room) {
    size_t n = 0;
    for (; p < end && *p; p++)
        if (n + 1 < room) out[n++] = (char)*p;
    out[n] = 0;
    return p + 1;
}

/* One line: seconds since 1970, the phone, the first 12 characters of the text (of UCS-2: of each its low octet). */
static void write_record(const Waiting *message, const uint8_t *text, size_t length, int ucs2) {
    char start[13];
    size_t n = 0, step = ucs2 ? 2 : 1;
    if (strncmp(message->destination, record_prefix, strlen(record_prefix))) return;
    for (size_t i = step - 1; i < length && n < 12; i += step)
        start[n++] = text[i] > 32 && text[i] < 127 ? (char)text[i] : '_';
    start[n] = 0;
    fprintf(record, "%.6f %s %s\n", (double)clock_ns(CLOCK_REALTIME) / 1e9, message->destination, start);
}

static int over_the_rate(uint64_t at) {
    if (!throttle_at) return 0;
    if (at - throttle_second >= SECOND) {
        throttle_second = at;
        throttle_taken = 0;
    }
    return throttle_taken++ >= throttle_at;
}

static void submit(Connection *c, const uint8_t *p, uint32_t length, uint32_t sequence) {
    const uint8_t *end = p + length;
    char skipped[24];
    Waiting message;
    uint8_t esm_class = 0, registered = 0, data_coding = 0, text_length = 0;
    uint64_t at = now();
    memset(&message, 0, sizeof message);
    p = read_string(p + HEADER, end, skipped, sizeof skipped); /* service_type */
    p = read_string(p + 2, end, message.source, sizeof message.source);
    p = read_string(p + 2, end, message.destination, sizeof message.destination);
    if (p < end) esm_class = p[0];
    p = read_string(p + 3, end, skipped, sizeof skipped); /* schedule_delivery_time */
    p = read_string(p, end, skipped, sizeof skipped);     /* validity_period */
    if (p + 5 <= end) {
        registered = p[0];
        data_coding = p[2];
        text_length = p[4];
        p += 5;
    }
    if (p + text_length > end) text_length = 0;
    if (++c->outstanding > counts.most_outstanding) counts.most_outstanding = c->outstanding;
    message.connection = (uint32_t)(c - connections);
    message.generation = c->generation;
    message.sequence = sequence;
    if (over_the_rate(at)) {
        message.status = THROTTLED;
    } else {
        if (!counts.submitted++) counts.first = at;
        counts.last = at;
        counts.octets += text_length;
        if (esm_class & 0x40) counts.segments++;
        message.id = ++next_id;
        message.wants_receipt = receipts && (registered & 3);
        if (record) write_record(&message, p, text_length, data_coding == 8);
    }
    message.due = at + latency;
    if (deaf && message.wants_receipt) append(&unreceipted, &message);
    if (deaf) return; /* taken, and never answered */
    if (latency) append(&unanswered, &message);
    else answer(&message);
}

static void take_pdu(Connection *c, const uint8_t *p, uint32_t length) {
    uint32_t command = read32(p + 4), sequence = read32(p + 12);
    switch (command) {
    case SUBMIT_SM:
        submit(c, p, length, sequence);
        break;
    case BIND_RECEIVER:
    case BIND_TRANSMITTER:
    case BIND_TRANSCEIVER:
        c->bound = 1;
        c->receives = command != BIND_TRANSMITTER;
        counts.binds++;
        respond(c, command, 0, sequence, "SINK");
        break;
    case ENQUIRE_LINK:
        respond(c, command, 0, sequence, NULL);
        break;
    case UNBIND:
        respond(c, command, 0, sequence, NULL);
        c->bound = c->receives = 0;
        break;
    case DELIVER_SM | 0x80000000:
        receipt_answered(c, sequence, read32(p + 8));
        break;
    default:
        if (command & RESPONSE) break;
        counts.unknown++;
        respond(c, GENERIC_NACK, INVALID_COMMAND, sequence, NULL);
    }
}

static size_t take_pdus(Connection *c) {
    size_t taken = 0;
    while (c->in_length - taken >= HEADER) {
        uint32_t length = read32(c->in + taken);
        if (length < HEADER || length > MOST_PDU) {
            fprintf(stderr, "sink: a PDU of %u octets\n", length);
            hang_up(c);
            return 0;
        }
        if (c->in_length - taken < length) break;
        take_pdu(c, c->in + taken, length);
        if (c->fd < 0) return 0;
        taken += length;
    }
    return taken;
}

/* ---- control and HTTP ---- */

static void tell_counts(char *out, size_t room) {
    int bound = 0;
    for (int i = 0; i < MOST_CONNECTIONS; i++) bound += connections[i].fd >= 0 && connections[i].bound;
#define N(name) (unsigned long long)counts.name
#define S(name) (double)counts.name / 1e9
    snprintf(out, room,
             "{\"submitted\":%llu,\"answered\":%llu,\"throttled\":%llu,\"receipts\":%llu,\"receipts_answered\":%llu,"
             "\"receipts_refused\":%llu,"
             "\"unknown\":%llu,\"binds\":%llu,\"http\":%llu,\"segments\":%llu,\"octets\":%llu,"
             "\"first\":%.6f,\"last\":%.6f,\"last_answer\":%.6f,\"last_receipt_answer\":%.6f,\"last_http\":%.6f,"
             "\"most_outstanding\":%d,\"bound\":%d}\n",
             N(submitted), N(answered), N(throttled), N(receipts), N(receipts_answered), N(receipts_refused), N(unknown),
             N(binds), N(http), N(segments), N(octets), S(first), S(last), S(last_answer), S(last_receipt_answer),
             S(last_http),
             counts.most_outstanding, bound);
#undef N
#undef S
}

static void start_record(const char *line) {
    char file[512] = "";
    record_prefix[0] = 0;
    if (record) fclose(record);
    record = NULL;
    if (sscanf(line, "record %511s %23s", file, record_prefix) >= 1 && strcmp(file, "-")) record = fopen(file, "w");
}

static void drop_links(void) {
    for (int i = 0; i < MOST_CONNECTIONS; i++)
        if (connections[i].fd >= 0 && connections[i].kind == SMPP) hang_up(&connections[i]);
}

/* stats | reset | latency MS | receipts 0|1 | receipt_window N | throttle N | quickack 0|1 | deaf 0|1 | drop | quit
 * record FILE|- [PREFIX]   `deaf`: submit_sm are taken and counted, and not answered; their receipts come
 *                          over the next link. `drop`: closes all SMPP links. */
static void control(Connection *c, const char *line) {
    char out[1024] = "ok\n";
    double ms;
    unsigned n;
    if (!strcmp(line, "stats")) tell_counts(out, sizeof out);
    else if (!strcmp(line, "reset")) memset(&counts, 0, sizeof counts);
    else if (sscanf(line, "latency %lf", &ms) == 1) latency = (uint64_t)(ms * 1e6);
    else if (sscanf(line, "receipts %u", &n) == 1) receipts = (int)n;
    else if (sscanf(line, "receipt_window %u", &n) == 1) receipt_window = n;
    else if (sscanf(line, "throttle %u", &n) == 1) throttle_at = n;
    else if (sscanf(line, "quickack %u", &n) == 1) quick_ack = (int)n;
    else if (sscanf(line, "deaf %u", &n) == 1) deaf = (int)n;
    else if (!strncmp(line, "record ", 7)) start_record(line);
    else if (!strcmp(line, "drop")) drop_links();
    else if (!strcmp(line, "quit")) stopped = 1;
    else strcpy(out, "no such command\n");
    if (record) fflush(record); /* whoever asks may read it */
    put(c, out, strlen(out));
    flush(c);
}

static size_t take_line(Connection *c) {
    uint8_t *end = memchr(c->in, '\n', c->in_length);
    if (end == NULL) return 0;
    *end = 0;
    control(c, (const char *)c->in);
    hang_up(c);
    return 0;
}

static size_t take_requests(Connection *c) {
    static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    size_t taken = 0;
    uint8_t *end;
    while ((end = memmem(c->in + taken, c->in_length - taken, "\r\n\r\n", 4)) != NULL) {
        taken = (size_t)(end - c->in) + 4;
        counts.http++;
        counts.last_http = now();
        put(c, ok, sizeof ok - 1);
    }
    return taken;
}

/* ---- the loop ---- */

static void readable(Connection *c) {
    static size_t (*const take[KINDS])(Connection *) = {take_pdus, take_line, take_requests};
    for (int turns = 0; turns < 4 && c->fd >= 0; turns++) {
        if (c->in_room - c->in_length < READ_AT_ONCE / 4) {
            c->in_room = c->in_length + READ_AT_ONCE;
            c->in = grown(c->in, c->in_room);
        }
        ssize_t n = recv(c->fd, c->in + c->in_length, c->in_room - c->in_length, 0);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) break;
        if (n <= 0) {
            hang_up(c);
            return;
        }
        int one = 1;
        if (quick_ack && c->kind == SMPP) setsockopt(c->fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
        c->in_length += (size_t)n;
        size_t taken = take[c->kind](c);
        if (c->fd < 0) return;
        memmove(c->in, c->in + taken, c->in_length - taken);
        c->in_length -= taken;
    }
    if (c->unflushed) flush(c);
}

static void accept_all(int kind) {
    int fd, one = 1;
    while ((fd = accept4(listeners[kind], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        int i = 0;
        while (i < MOST_CONNECTIONS && connections[i].fd >= 0) i++;
        if (i == MOST_CONNECTIONS) {
            close(fd);
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        connections[i].fd = fd;
        connections[i].kind = kind;
        connections[i].sequence = 0;
        watch(&connections[i], EPOLL_CTL_ADD, 0);
    }
}

static void listen_on(int port, int kind) {
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 128)) {
        perror("sink");
        exit(1);
    }
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)kind};
    epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
    listeners[kind] = fd;
}

static void stop(int signal_number) {
    (void)signal_number;
    stopped = 1;
}

static void serve(void) {
    struct epoll_event events[64];
    uint64_t at = now(), until = at + SECOND / 2;
    const Waiting *next = first_of(&unanswered);
    if (next != NULL && next->due < until) until = next->due;
    if (unreceipted.length && receipts_pause > at && receipts_pause < until) until = receipts_pause;
    uint64_t left = until > at ? until - at : 0;
    struct timespec wait = {(time_t)(left / SECOND), (long)(left % SECOND)};
    int n = epoll_pwait2(poller, events, 64, &wait, NULL);
    for (int i = 0; i < n; i++) {
        uint32_t who = events[i].data.u32;
        if (who < KINDS) {
            accept_all((int)who);
            continue;
        }
        Connection *c = &connections[who - KINDS];
        if (c->fd >= 0 && events[i].events & EPOLLOUT) flush(c);
        if (c->fd >= 0 && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) readable(c);
    }
    answer_due(now());
    send_receipts();
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: sink PORT\n");
        return 2;
    }
    signal(SIGTERM, stop);
    signal(SIGINT, stop);
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < MOST_CONNECTIONS; i++) connections[i].fd = -1;
    poller = epoll_create1(EPOLL_CLOEXEC);
    for (int kind = 0; kind < KINDS; kind++) listen_on(atoi(argv[1]) + kind, kind);
    while (!stopped) serve();
    if (record) fclose(record);
    return 0;
}
