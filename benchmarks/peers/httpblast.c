/* Asks an HTTP server COUNT times for a path, over so many keep-alive connections, one request on each at a time.
 *
 *   httpblast PORT CONNECTIONS COUNT MOST_SECONDS < TEMPLATE
 *
 * TEMPLATE is the path of the request. In it {ID} becomes M00000000, M00000001 ..., {ID16} the same as UTF-16BE in hex,
 * and {NUMBER} the eight digits alone, so that each message has a text and a phone of its own. A connection that the
 * server closes is opened again. Standard output gets one line of JSON: how many were answered with 2xx (ok), with
 * something else (bad, and the first of these), not at all (failed); seconds; milliseconds p50 and p99.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    int fd, asking;
    double asked_at;
    size_t length;
    char in[16384];
} Connection;

static char template[8192], first_bad[200];
static int port, count, asked, done, ok, bad, failed, poller, redials, alive;
static double *took;
static int took_length;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int dial(Connection *c) {
    int one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->asking = 0;
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(c->fd, (struct sockaddr *)&address, sizeof address)) {
        close(c->fd);
        c->fd = -1;
        return 0;
    }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &event);
    alive++;
    return 1;
}

static void hang_up(Connection *c) {
    if (c->asking) {
        failed++;
        done++;
    }
    close(c->fd);
    c->fd = -1;
    c->asking = 0;
    alive--;
}

static void write_path(char *out, int number) {
    char id[16], hex[80];
    snprintf(id, sizeof id, "M%08d", number);
    for (int i = 0; id[i]; i++) sprintf(hex + 4 * i, "%04x", (unsigned)id[i]);
    for (const char *p = template; *p;) {
        if (!strncmp(p, "{ID16}", 6)) out = stpcpy(out, hex), p += 6;
        else if (!strncmp(p, "{ID}", 4)) out = stpcpy(out, id), p += 4;
        else if (!strncmp(p, "{NUMBER}", 8)) out = stpcpy(out, id + 1), p += 8;
        else *out++ = *p++;
    }
    *out = 0;
}

static void ask(Connection *c) {
    char path[9000], request[9200];
    if (asked == count) return;
    write_path(path, asked++);
    int n = snprintf(request, sizeof request,
                     "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\n\r\n", path);
    c->length = 0;
    c->asking = 1;
    c->asked_at = now();
    if (send(c->fd, request, (size_t)n, MSG_NOSIGNAL) != n) hang_up(c);
}

/* The answer's length is told by Content-Length, by chunks, or by the end of the connection. */
static int is_whole(const Connection *c, const char *body, int ended) {
    const char *told = strcasestr(c->in, "content-length:"), *chunked = strcasestr(c->in, "transfer-encoding: chunked");
    if (told && told < body) return c->length - (size_t)(body - c->in) >= (size_t)atoi(told + 15);
    if (chunked && chunked < body) return strstr(body, "0\r\n\r\n") != NULL;
    return ended;
}

static void note_answer(Connection *c, const char *body) {
    int status = atoi(c->in + 9); /* after "HTTP/1.1 " */
    c->asking = 0;
    done++;
    took[took_length++] = now() - c->asked_at;
    if (status >= 200 && status < 300) {
        ok++;
        return;
    }
    if (!bad++) snprintf(first_bad, sizeof first_bad, "%d %.150s", status, body);
}

static void readable(Connection *c) {
    ssize_t n = recv(c->fd, c->in + c->length, sizeof c->in - 1 - c->length, 0);
    int ended = n <= 0, closes = 0;
    if (n > 0) c->length += (size_t)n;
    c->in[c->length] = 0;
    char *body = strstr(c->in, "\r\n\r\n");
    if (body && c->asking) {
        const char *close_told = strcasestr(c->in, "connection: close");
        body += 4;
        closes = close_told && close_told < body;
        if (is_whole(c, body, ended)) {
            note_answer(c, body);
            if (!ended && !closes) ask(c);
        }
    }
    if (c->fd >= 0 && (ended || (closes && !c->asking))) hang_up(c);
    if (c->fd < 0 && asked < count && redials++ < 1000 + count && dial(c)) ask(c);
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double share_ms(double share) { return took_length ? took[(int)(took_length * share)] * 1e3 : 0; }

static void tell(double seconds) {
    qsort(took, (size_t)took_length, sizeof *took, by_size);
    for (char *p = first_bad; *p; p++)
        if (*p == '"' || *p == '\\' || (unsigned char)*p < 32) *p = ' ';
    printf("{\"ok\":%d,\"bad\":%d,\"failed\":%d,\"unasked\":%d,\"seconds\":%.3f,\"p50_ms\":%.2f,\"p99_ms\":%.2f,"
           "\"first_bad\":\"%s\"}\n",
           ok, bad, failed, count - asked, seconds, share_ms(0.5), share_ms(0.99), first_bad);
}

int main(int argc, char **argv) {
    struct epoll_event events[256];
    if (argc != 5) {
        fprintf(stderr, "usage: httpblast PORT CONNECTIONS COUNT MOST_SECONDS < TEMPLATE\n");
        return 2;
    }
    port = atoi(argv[1]);
    int many = atoi(argv[2]);
    count = atoi(argv[3]);
    double most_seconds = atof(argv[4]), started = now();
    template[fread(template, 1, sizeof template - 1, stdin)] = 0;
    template[strcspn(template, "\r\n")] = 0;
    signal(SIGPIPE, SIG_IGN);
    poller = epoll_create1(0);
    took = calloc((size_t)count + 1, sizeof *took);
    Connection *all = calloc((size_t)many, sizeof *all);
    for (int i = 0; i < many; i++) {
        if (!dial(&all[i])) {
            fprintf(stderr, "httpblast: nobody listens on port %d\n", port);
            return 1;
        }
        ask(&all[i]);
    }
    while (done < count && alive && now() - started < most_seconds) {
        int n = epoll_wait(poller, events, 256, 200);
        for (int i = 0; i < n; i++) {
            Connection *c = events[i].data.ptr;
            if (c->fd >= 0) readable(c);
        }
    }
    tell(now() - started);
    return 0;
}
