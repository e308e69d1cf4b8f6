#!/bin/sh
# Sixteen tasks of an array write one run: `sbatch examples/parts/slurm.sh`. A task that failed is repeated with
# `sbatch --array=7 examples/parts/slurm.sh`. DATABASE_URL comes from the environment that sbatch is called in.
#SBATCH --job-name=seed
#SBATCH --array=1-16
#SBATCH --cpus-per-task=1
#SBATCH --mem=128M
exec target/release/xtask seed --target database --count 1000000 --as-of 2026-11-22 --part "$SLURM_ARRAY_TASK_ID/16"
