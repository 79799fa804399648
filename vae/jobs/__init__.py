"""Work in processes of their own, whose only interface is files.

process   threads that sleep, an exit code, a last sentence
status    status.json, the one record of a job's progress
run       a training run's folder, as the process writes it
train     `python -m vae.jobs.train RUN`: from a recipe to a checkpoint
maps      `python -m vae.jobs.maps FOLDER`: from a map request to its result
"""
