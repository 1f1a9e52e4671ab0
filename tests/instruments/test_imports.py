import subprocess
import sys

PROGRAM = """
import sys
touched = []
def watch(event, arguments):
    if event == "open" and str(arguments[0]).endswith((".toml", ".jsonl")):
        touched.append(arguments[0])
sys.addaudithook(watch)
import mores.instruments.dilemmas, mores.instruments.presumptions, mores.instruments.scales
import mores.instruments.schwartz
assert not touched, touched
assert not {"polars", "matplotlib", "aiohttp", "scipy.stats"} & set(sys.modules)
for read in (mores.instruments.scales.scales, mores.instruments.schwartz.values,
             mores.instruments.schwartz.value_types, mores.instruments.schwartz.topics,
             mores.instruments.presumptions.presumptions):
    read()
    read()
assert len(touched) == 4, touched
"""


def test_importing_reads_nothing_and_data_is_read_once():
    subprocess.run([sys.executable, "-c", PROGRAM], check=True, timeout=60)
