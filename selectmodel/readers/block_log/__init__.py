"""The framing of W&B's and SwanLab's logs: blocks of 32 KiB as in LevelDB's log, with a checksum a record."""
