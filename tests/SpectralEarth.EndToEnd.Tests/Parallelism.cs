// Programs wait for files and start one after the other; two at a time fill the cores. Fixtures that kill, measure or start ranks stay alone.
[assembly: LevelOfParallelism(2)]
