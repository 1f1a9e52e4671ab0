import subprocess
import sys

PROGRAM = """
import sys
touched = []
def watch(event, arguments):
    if event == "open" and str(arguments[0]).endswith((".toml", ".jsonl")):
        touched.append(arguments[0])
sys.addaudithook(watch)
import mores.personas.catalogue, mores.personas.grid, mores.personas.rendering
import mores.personas.variables
assert not touched, touched
assert not {"polars", "matplotlib", "aiohttp", "scipy.stats"} & set(sys.modules)
mores.personas.catalogue.personas()
assert len(touched) == 2, touched
mores.personas.catalogue.personas()
mores.personas.variables.variables()
assert len(touched) == 2, touched
"""


def test_importing_reads_nothing_and_data_is_read_once():
    subprocess.run([sys.executable, "-c", PROGRAM], check=True, timeout=60)
