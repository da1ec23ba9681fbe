/* The fastest SMPP client there can be, to see that the sink is no bottleneck: one PDU, sent again and again.
 *
 *   blast PORT COUNT WINDOW
 *
 * Standard output gets submit_sm answered a second.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static uint8_t submit[512], out[1 << 20], in[1 << 20];

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void write32(uint8_t *p, uint32_t value) {
    value = htonl(value);
    memcpy(p, &value, 4);
}

static uint32_t read32(const uint8_t *p) {
    uint32_t value;
    memcpy(&value, p, 4);
    return ntohl(value);
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static size_t write_header(uint8_t *p, uint32_t command, uint32_t sequence, const uint8_t *body, size_t length) {
    write32(p, (uint32_t)(16 + length));
    write32(p + 4, command);
    write32(p + 8, 0);
    write32(p + 12, sequence);
    memcpy(p + 16, body, length);
    return 16 + length;
}

/* Without a text, which is all 'a'. */
static const uint8_t SUBMIT_BODY[] = "\0\1\1" "10086\0" "\1\1" "8615400000000\0" "\0\0\0\0\0\0\0\0\0\144";
static const uint8_t BIND_BODY[] = "u\0p\0\0\064\0\0";

static void write_all(int fd, const uint8_t *p, size_t length) {
    while (length) {
        ssize_t n = write(fd, p, length);
        if (n <= 0) fail("write");
        p += n;
        length -= (size_t)n;
    }
}

/* Reads what has come and returns how many PDUs that completes. */
static int read_answers(int fd) {
    static size_t held;
    size_t taken = 0;
    int answers = 0;
    ssize_t n = read(fd, in + held, sizeof in - held);
    if (n <= 0) fail("read");
    held += (size_t)n;
    for (; held - taken >= 16 && held - taken >= read32(in + taken); answers++) taken += read32(in + taken);
    memmove(in, in + taken, held - taken);
    held -= taken;
    return answers;
}

static int bound_to(int port) {
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&address, sizeof address)) fail("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    write_all(fd, out, write_header(out, 0x9, 1, BIND_BODY, sizeof BIND_BODY));
    while (!read_answers(fd)) {}
    return fd;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: blast PORT COUNT WINDOW\n");
        return 2;
    }
    int count = atoi(argv[2]), window = atoi(argv[3]), sent = 0, answered = 0, fd = bound_to(atoi(argv[1]));
    size_t length = write_header(submit, 0x4, 0, SUBMIT_BODY, sizeof SUBMIT_BODY - 1);
    memset(submit + length, 'a', 100);
    length += 100;
    write32(submit, (uint32_t)length);
    double started = now();
    while (answered < count) {
        size_t n = 0;
        for (; sent < count && sent - answered < window && n + length < sizeof out; n += length) {
            memcpy(out + n, submit, length);
            write32(out + n + 12, (uint32_t)++sent + 1);
        }
        write_all(fd, out, n);
        answered += read_answers(fd);
    }
    printf("%.0f\n", count / (now() - started));
    return 0;
}
