/* A load generator for registries, small enough that it costs less than what it measures.
 *
 *   load get  CONNECTIONS SECONDS HOST PORT METHOD HEADERS PATH...   the same requests over and over, on kept connections
 *   load run  CONNECTIONS HOST PORT HEADERS WORKFILE                 a list of work, each item once
 *
 * HEADERS is a file with complete header lines, sent with every request. A line of WORKFILE is one of
 *   get PATH | put PATH FILE TYPE | push REPOSITORY FILE DIGEST | chunked REPOSITORY FILE DIGEST
 * and a line with a single dot ends an item, which one connection does from front to back.
 * Bodies leave by sendfile; what is received is dropped in the kernel, so that the client's own work stays small.
 * One line of JSON comes out. Any status but 2xx and 304 counts as an error, and ten of them end the run.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define HEAD 65536
#define PIECE (32 << 10) /* docker writes its chunked bodies in pieces of this size */
#define SAMPLES (1 << 20)

typedef struct {
    int fd;
    char head[HEAD + 1];
    size_t filled; /* bytes behind the last answer's head that are in the buffer already */
} Connection;

static struct sockaddr_in server;
static char host[128], *headers;
static atomic_long done, failed, bytes;
static atomic_int ended;
static float *samples;
static atomic_long sampled;
static char first_error[512];

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *what) {
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(2);
}

static char *slurp(const char *path) {
    FILE *f = fopen(path, "rb");
    struct stat s;
    if (!f || fstat(fileno(f), &s)) die(path);
    char *text = calloc(1, s.st_size + 1);
    if (fread(text, 1, s.st_size, f) != (size_t)s.st_size) die(path);
    fclose(f);
    return text;
}

static void dial(Connection *c) {
    int one = 1;
    struct timeval patience = {120, 0};
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    c->filled = 0;
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&server, sizeof server)) die("connect");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

static int send_all(int fd, const char *data, size_t size, int flags) {
    while (size) {
        ssize_t n = send(fd, data, size, flags | MSG_NOSIGNAL);
        if (n <= 0) return -1;
        data += n, size -= n;
    }
    return 0;
}

/* Reads one answer. Its status, or -1 when the connection broke; a Location goes to `location` where one is wanted. */
static int answer(Connection *c, int is_head, char *location) {
    char *end;
    size_t have = c->filled;
    c->head[have] = 0;
    while (!(end = memmem(c->head, have, "\r\n\r\n", 4))) {
        if (have >= HEAD) return -1;
        ssize_t n = recv(c->fd, c->head + have, HEAD - have, 0);
        if (n <= 0) return -1;
        have += n;
        c->head[have] = 0;
    }
    size_t head = end - c->head + 4;
    *end = 0;
    int status = atoi(c->head + 9), chunked = 0, closing = 0;
    long length = 0;
    for (char *line = strstr(c->head, "\r\n"); line; line = strstr(line, "\r\n")) {
        line += 2;
        if (!strncasecmp(line, "Content-Length:", 15)) length = atol(line + 15);
        if (!strncasecmp(line, "Transfer-Encoding:", 18)) chunked = 1;
        if (!strncasecmp(line, "Connection: close", 17)) closing = 1;
        if (location && !strncasecmp(line, "Location:", 9)) sscanf(line + 9, " %2047[^\r\n]", location);
    }
    if (is_head || status == 204 || status == 304) length = 0;
    long left = length - (long)(have - head);
    if (chunked) return -1; /* no registry answers so to what is asked here */
    atomic_fetch_add(&bytes, length);
    if (left < 0) {
        c->filled = -left;
        memmove(c->head, c->head + head + length, c->filled);
    } else
        c->filled = 0;
    while (left > 0) {
        ssize_t n = recv(c->fd, NULL, left > (1 << 20) ? 1 << 20 : left, MSG_TRUNC);
        if (n <= 0) return -1;
        left -= n;
    }
    if ((status < 200 || status > 299) && status != 304) {
        if (!atomic_fetch_add(&failed, 1)) snprintf(first_error, sizeof first_error, "%.200s", c->head);
        if (atomic_load(&failed) >= 10) atomic_store(&ended, 1);
    }
    if (closing) {
        close(c->fd);
        dial(c);
    }
    return status;
}

static void broke(Connection *c, const char *what) {
    if (!atomic_fetch_add(&failed, 1)) snprintf(first_error, sizeof first_error, "connection broke: %.300s", what);
    if (atomic_load(&failed) >= 10) atomic_store(&ended, 1);
    close(c->fd);
    dial(c);
}

static int request(Connection *c, const char *method, const char *path, const char *extra, int more) {
    char text[HEAD];
    int n = snprintf(text, sizeof text, "%s %s HTTP/1.1\r\nHost: %s\r\n%s%s\r\n", method, path, host, headers, extra);
    return send_all(c->fd, text, n, more ? MSG_MORE : 0);
}

static int send_file(Connection *c, const char *file, int chunked, const char *method, const char *path,
                     const char *type) {
    struct stat s;
    char extra[512];
    int fd = open(file, O_RDONLY);
    off_t at = 0;
    if (fd < 0 || fstat(fd, &s)) die(file);
    int n = snprintf(extra, sizeof extra, "%s%s%s", type ? "Content-Type: " : "", type ? type : "", type ? "\r\n" : "");
    if (chunked)
        snprintf(extra + n, sizeof extra - n, "Transfer-Encoding: chunked\r\n");
    else
        snprintf(extra + n, sizeof extra - n, "Content-Length: %ld\r\n", (long)s.st_size);
    int bad = request(c, method, path, extra, 1);
    while (!bad && at < s.st_size) {
        size_t want = chunked && s.st_size - at > PIECE ? PIECE : (size_t)(s.st_size - at);
        if (chunked) {
            int k = snprintf(extra, sizeof extra, "%s%zx\r\n", at ? "\r\n" : "", want);
            if (send_all(c->fd, extra, k, MSG_MORE)) bad = 1;
        }
        while (!bad && want) {
            ssize_t sent = sendfile(c->fd, fd, &at, want);
            if (sent <= 0)
                bad = 1;
            else
                want -= sent;
        }
    }
    if (!bad && chunked) bad = send_all(c->fd, s.st_size ? "\r\n0\r\n\r\n" : "0\r\n\r\n", s.st_size ? 7 : 5, 0);
    close(fd);
    return bad;
}

/* Docker's three steps: POST, PATCH with the bytes, PUT with the digest. */
static void push(Connection *c, const char *repository, const char *file, const char *digest, int chunked) {
    char path[2600], location[2048] = "", *at;
    snprintf(path, sizeof path, "/v2/%s/blobs/uploads/", repository);
    if (request(c, "POST", path, "Content-Length: 0\r\n", 0) || answer(c, 0, location) != 202) return broke(c, "POST");
    at = strstr(location, "://");
    at = at ? strchr(at + 3, '/') : location;
    if (send_file(c, file, chunked, "PATCH", at, "application/octet-stream")) return broke(c, "PATCH body");
    strcpy(path, at);
    if (answer(c, 0, location) != 202) return broke(c, "PATCH");
    at = strstr(location, "://");
    at = at ? strchr(at + 3, '/') : location;
    snprintf(path, sizeof path, "%s%cdigest=%s", at, strchr(at, '?') ? '&' : '?', digest);
    if (request(c, "PUT", path, "Content-Length: 0\r\n", 0) || answer(c, 0, NULL) != 201) return broke(c, "PUT");
}

static void step(Connection *c, char *line) {
    char *word[4] = {0}, *save = NULL;
    int n = 0;
    for (char *w = strtok_r(line, " ", &save); w && n < 4; w = strtok_r(NULL, " ", &save)) word[n++] = w;
    if (!strcmp(word[0], "get")) {
        if (request(c, "GET", word[1], "", 0) || answer(c, 0, NULL) < 0) broke(c, "GET");
    } else if (!strcmp(word[0], "put")) {
        if (send_file(c, word[2], 0, "PUT", word[1], word[3]) || answer(c, 0, NULL) < 0) broke(c, "PUT");
    } else
        push(c, word[1], word[2], word[3], !strcmp(word[0], "chunked"));
}

typedef struct {
    const char *method;
    char **paths;
    int count;
    double until;
} Loop;

static void *loop_main(void *given) {
    Loop *job = given;
    Connection *c = malloc(sizeof *c);
    int is_head = !strcmp(job->method, "HEAD");
    dial(c);
    for (long i = 0; !atomic_load(&ended) && now() < job->until; i++) {
        double start = now();
        if (request(c, job->method, job->paths[i % job->count], "", 0) || answer(c, is_head, NULL) < 0)
            broke(c, job->paths[i % job->count]);
        else {
            atomic_fetch_add(&done, 1);
            long k = atomic_fetch_add(&sampled, 1);
            samples[k % SAMPLES] = now() - start;
        }
    }
    close(c->fd);
    return NULL;
}

static char **items;
static long item_count;
static atomic_long next_item;

static void *work_main(void *unused) {
    Connection *c = malloc(sizeof *c);
    (void)unused;
    dial(c);
    for (long i; !atomic_load(&ended) && (i = atomic_fetch_add(&next_item, 1)) < item_count;) {
        double start = now();
        char *save = NULL;
        for (char *line = strtok_r(items[i], "\n", &save); line; line = strtok_r(NULL, "\n", &save)) step(c, line);
        atomic_fetch_add(&done, 1);
        long k = atomic_fetch_add(&sampled, 1);
        samples[k % SAMPLES] = now() - start;
    }
    close(c->fd);
    return NULL;
}

static void read_items(char *text) {
    items = malloc(sizeof *items * (strlen(text) / 2 + 1));
    for (char *end; (end = strstr(text, "\n.\n")); text = end + 3) {
        *end = 0;
        items[item_count++] = text;
    }
}

static int by_size(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void report(double seconds) {
    struct rusage used;
    long n = atomic_load(&sampled) < SAMPLES ? atomic_load(&sampled) : SAMPLES;
    getrusage(RUSAGE_SELF, &used);
    qsort(samples, n, sizeof *samples, by_size);
    for (char *p = first_error; *p; p++)
        if (*p == '"' || *p == '\\' || *p < 32) *p = ' ';
    printf("{\"done\":%ld,\"errors\":%ld,\"seconds\":%.4f,\"bytes\":%ld,\"p50\":%.6f,\"p99\":%.6f,\"max\":%.6f,"
           "\"client_cpu\":%.3f,\"first_error\":\"%s\"}\n",
           atomic_load(&done), atomic_load(&failed), seconds, atomic_load(&bytes), n ? samples[n / 2] : 0,
           n ? samples[n * 99 / 100] : 0, n ? samples[n - 1] : 0,
           used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6,
           first_error);
}

int main(int argc, char **argv) {
    if (argc < 7) return fprintf(stderr, "load: see the comment at the top of load.c\n"), 2;
    int loops = !strcmp(argv[1], "get"), shift = loops ? 1 : 0, count = atoi(argv[2]);
    const char *address = argv[3 + shift];
    int port = atoi(argv[4 + shift]);
    pthread_t threads[1024];
    if (count < 1 || count > 1024 || (loops && argc < 9)) return 2;
    snprintf(host, sizeof host, "%s:%d", address, port);
    server.sin_family = AF_INET;
    server.sin_port = htons(port);
    /* Load goes to this very machine and nowhere else. */
    if (inet_pton(AF_INET, address, &server.sin_addr) != 1 || strncmp(address, "127.", 4)) return 2;
    headers = slurp(argv[loops ? 7 : 5]);
    samples = malloc(sizeof *samples * SAMPLES);
    Loop job = {argv[6], argv + 8, argc - 8, now() + atof(argv[3])};
    if (!loops) read_items(slurp(argv[6]));
    double start = now();
    for (int i = 0; i < count; i++) pthread_create(threads + i, NULL, loops ? loop_main : work_main, &job);
    for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
    report(now() - start);
    return atomic_load(&failed) ? 1 : 0;
}
