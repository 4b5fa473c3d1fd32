/* A sound card of the tests' own, as an ALSA plugin: 48 kHz, 16 bits, two channels, played in real time.
 *
 * One law: it treats libasound as a card does (a clock that runs on by itself, a ring that runs dry, a device that
 * goes away) and keeps what was heard: <directory>/heard holds records of {int64 ns CLOCK_MONOTONIC of the first
 * frame; int64 frames; samples}. Files that stand in <directory> are what happens to it: `hang` its clock stands,
 * `gone` it is not there, `stuck` a call into its driver does not return, `dry` (taken away when done) it
 * runs dry, `late` it has run dry whenever it is written to.
 */
#define _GNU_SOURCE
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { RATE = 48000, MOST_FRAMES = 16384, TICK_NS = 1000000 };

struct card {
	snd_pcm_ioplug_t io;
	int directory, heard;
	pthread_t clock;
	pthread_mutex_t lock;
	int running, dry, ended;
	int64_t began_ns;
	uint64_t written, played;
	uint32_t ring[MOST_FRAMES];
};

static int64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int stands(const struct card *card, const char *name)
{
	return faccessat(card->directory, name, F_OK, 0) == 0;
}

static void keep(struct card *card, uint64_t frames)
{
	struct { int64_t at_ns, frames; uint32_t samples[MOST_FRAMES]; } record;
	record.at_ns = card->began_ns + (int64_t)(card->played * 1000000000 / RATE);
	record.frames = (int64_t)frames;
	for (uint64_t i = 0; i < frames; i++)
		record.samples[i] = card->ring[(card->played + i) % MOST_FRAMES];
	if (write(card->heard, &record, 16 + 4 * frames) < 0)
		abort();
}

static void play_on(struct card *card)
{
	int64_t now = now_ns();
	int64_t due = (now - card->began_ns) * RATE / INT64_C(1000000000) - (int64_t)card->played;
	uint64_t left = card->written - card->played;
	if (stands(card, "hang") || stands(card, "gone")) {
		card->began_ns = now - (int64_t)(card->played * 1000000000 / RATE);
		return;
	}
	if (unlinkat(card->directory, "dry", 0) == 0)
		due = (int64_t)left + 1;
	if (due <= 0)
		return;
	if ((uint64_t)due > left) {
		card->running = 0;
		card->dry = 1;
		due = (int64_t)left;
	}
	if (due > 0)
		keep(card, (uint64_t)due);
	card->played += (uint64_t)due;
}

static void *clock_runs(void *of)
{
	struct card *card = of;
	const struct timespec tick = {0, TICK_NS};
	for (int ended = 0; !ended;) {
		nanosleep(&tick, NULL);
		pthread_mutex_lock(&card->lock);
		if (card->running)
			play_on(card);
		ended = card->ended;
		pthread_mutex_unlock(&card->lock);
	}
	return NULL;
}

static int card_start(snd_pcm_ioplug_t *io)
{
	struct card *card = io->private_data;
	pthread_mutex_lock(&card->lock);
	card->began_ns = now_ns() - (int64_t)(card->played * 1000000000 / RATE);
	card->running = 1;
	pthread_mutex_unlock(&card->lock);
	return 0;
}

static int card_stop(snd_pcm_ioplug_t *io)
{
	struct card *card = io->private_data;
	pthread_mutex_lock(&card->lock);
	card->running = 0;
	pthread_mutex_unlock(&card->lock);
	return 0;
}

static int card_prepare(snd_pcm_ioplug_t *io)
{
	struct card *card = io->private_data;
	if (stands(card, "gone"))
		return -ENODEV;
	pthread_mutex_lock(&card->lock);
	card->running = card->dry = 0;
	card->written = card->played = 0;
	pthread_mutex_unlock(&card->lock);
	return 0;
}

static snd_pcm_sframes_t card_pointer(snd_pcm_ioplug_t *io)
{
	struct card *card = io->private_data;
	snd_pcm_sframes_t at;
	if (stands(card, "gone")) {
		snd_pcm_ioplug_set_state(io, SND_PCM_STATE_DISCONNECTED);
		return -ENODEV;
	}
	pthread_mutex_lock(&card->lock);
	at = card->dry ? -EPIPE : (snd_pcm_sframes_t)(card->played % io->buffer_size);
	pthread_mutex_unlock(&card->lock);
	return at;
}

static snd_pcm_sframes_t card_transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas,
				       snd_pcm_uframes_t offset, snd_pcm_uframes_t size)
{
	struct card *card = io->private_data;
	const uint32_t *frames = (const uint32_t *)areas[0].addr + offset;
	while (stands(card, "stuck"))
		nanosleep(&(struct timespec){0, TICK_NS}, NULL);
	if (stands(card, "gone"))
		return -ENODEV;
	pthread_mutex_lock(&card->lock);
	if (stands(card, "late")) {
		card->running = 0;
		card->dry = 1;
		pthread_mutex_unlock(&card->lock);
		return -EPIPE;
	}
	for (snd_pcm_uframes_t i = 0; i < size; i++)
		card->ring[(card->written + i) % MOST_FRAMES] = frames[i];
	card->written += size;
	pthread_mutex_unlock(&card->lock);
	return (snd_pcm_sframes_t)size;
}

static int card_close(snd_pcm_ioplug_t *io)
{
	struct card *card = io->private_data;
	pthread_mutex_lock(&card->lock);
	card->ended = 1;
	pthread_mutex_unlock(&card->lock);
	pthread_join(card->clock, NULL);
	close(io->poll_fd);
	close(card->heard);
	close(card->directory);
	free(card);
	return 0;
}

static const snd_pcm_ioplug_callback_t CALLS = {
	.start = card_start, .stop = card_stop, .prepare = card_prepare,
	.pointer = card_pointer, .transfer = card_transfer, .close = card_close,
};

static int allow(snd_pcm_ioplug_t *io)
{
	const unsigned int access = SND_PCM_ACCESS_RW_INTERLEAVED, format = SND_PCM_FORMAT_S16_LE;
	int bad = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, 1, &access);
	bad |= snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, 1, &format);
	bad |= snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_CHANNELS, 2, 2);
	bad |= snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_RATE, RATE, RATE);
	bad |= snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, 64 * 4, MOST_FRAMES);
	bad |= snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, 128 * 4, MOST_FRAMES * 4);
	return bad;
}

SND_PCM_PLUGIN_DEFINE_FUNC(bardcard)
{
	const char *directory = NULL;
	const struct itimerspec tick = {{0, TICK_NS}, {0, TICK_NS}};
	struct card *card;
	(void)root;
	if (snd_config_search(conf, "directory", &conf) < 0 || snd_config_get_string(conf, &directory) < 0)
		return -EINVAL;
	card = calloc(1, sizeof *card);
	card->directory = open(directory, O_DIRECTORY | O_PATH | O_CLOEXEC);
	if (stands(card, "gone")) {
		close(card->directory);
		free(card);
		return -ENODEV;
	}
	card->heard = openat(card->directory, "heard", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	pthread_mutex_init(&card->lock, NULL);
	pthread_create(&card->clock, NULL, clock_runs, card);
	card->io.version = SND_PCM_IOPLUG_VERSION;
	card->io.name = "a card of the tests' own";
	card->io.callback = &CALLS;
	card->io.private_data = card;
	card->io.poll_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	card->io.poll_events = POLLIN;
	timerfd_settime(card->io.poll_fd, 0, &tick, NULL);
	if (snd_pcm_ioplug_create(&card->io, name, stream, mode) < 0 || allow(&card->io) != 0)
		return -EINVAL;
	*pcmp = card->io.pcm;
	return 0;
}
SND_PCM_PLUGIN_SYMBOL(bardcard);
