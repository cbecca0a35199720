"""Every note a reader or core can attach to a run: its stable code and what it means. ``explain SM1nn`` prints it.

A number is never given another meaning. SM101–129 text logs, SM131–149 event files, SM151–159 checkpoints,
SM161–179 the question itself, SM181–189 plug-ins.
"""

from __future__ import annotations

MEANINGS: dict[str, str] = {
    # text logs
    "SM101": "The last line has no newline and may be cut; it is left out until it is whole (--complete takes it).",
    "SM102": "Rows with more or fewer cells than the header were refused; padding or cutting them would shift columns.",
    "SM103": "The text is not UTF-8 and was decoded as what is named.",
    "SM104": "Rows without a usable epoch or step were refused.",
    "SM105": "Epochs are logged more than once; the row written last was used.",
    "SM106": "The file holds several trainings; the one used is named.",
    "SM107": "Repeated header lines were skipped.",
    "SM108": "Epochs are missing between logged ones.",
    "SM109": "Cells of a metric are not numbers; those epochs have no value.",
    "SM110": "Numbers were unwrapped from tensor(…) or np.float32(…).",
    "SM111": "Columns were left out because they hold no plain numbers.",
    "SM112": "Validation columns are there, but hold no value: the training had no validation data.",
    "SM113": "Epochs were not evaluated: the trainer wrote zeros in place of missing validation metrics.",
    "SM114": "Epochs were taken from a column without a name or from row numbers; the log does not name them.",
    "SM115": "Validation rows written after the fit, by validate() or test(), are not epochs and were left out.",
    "SM116": "Steps go back inside the log; epochs order it, with the last value of each.",
    "SM117": "Several files were joined as one training.",
    # event files
    "SM131": "An event file ends in an unfinished record, as a running or killed training leaves it.",
    "SM132": "Records of an event file whose data checksum is wrong were skipped; each may have held any value.",
    "SM133": "The length of a record is damaged; what follows it in that event file could not be read.",
    "SM134": "Records of an event file hold no valid event and were skipped.",
    "SM135": "Values or oversized records of an event file could not be read and were skipped.",
    "SM136": "Points were superseded: a later one was logged at the same or an earlier step, as after a restart.",
    "SM137": "The event files hold several trainings; the one used is named.",
    "SM138": "Evaluation logged after the training, by validate(), test() or evaluate(), is of no epoch; left out.",
    "SM139": "Tags were left out: their steps count batches, or they are bookkeeping or a closing summary.",
    "SM140": "Folders of add_hparams were left out; they hold final values only.",
    "SM141": "One of the event files of the run could not be read.",
    "SM142": "Steps below 0 were logged; they are read as they are.",
    "SM143": "The order of the values was taken for the epochs, because no step was logged (--index row).",
    "SM144": "Numbers were left out because they name another plugin than scalars, or the first of their tag does.",
    "SM145": "Values that are no numbers, such as a text, stand under the tag of a metric; its numbers were read.",
    "SM146": "An event file ends in an unfinished record although the training went on: what stood there is lost.",
    "SM147": "Checkpoint files of epochs or steps that the log does not reach: the end of the log is missing.",
    "SM148": "Steps are missing from all metrics of a log that is even otherwise.",
    "SM149": "The tag that tells the epoch of a step holds values that are no epochs; none is known there.",
    # checkpoints
    "SM151": "A checkpoint file is empty, a dangling link or unreadable, and is not used.",
    "SM152": "How file names count epochs was assumed, because nothing in them settles it.",
    "SM153": "Metric values in checkpoint names contradict the log.",
    "SM154": "A text file beside checkpoints names one that is missing, or cannot be understood.",
    "SM155": "A checkpoint's epoch was validated several times, and its name does not say which validation it holds.",
    "SM156": "The log was made from checkpoint names, whose values are rounded.",
    "SM157": "A folder holds too many files to look at all of them for checkpoints.",
    "SM158": "A checkpoint is a link out of its folder, and is used only where --follow-links is given.",
    # the question
    "SM161": "A file in the folder could not be opened and was left out.",
    "SM162": "The folder holds the same training as text and as event files; the text was read.",
    "SM163": "The folder holds more files than are looked at.",
    "SM164": "The monitored metric is the same at every epoch, so it cannot choose one.",
    "SM165": "Something about the monitored metric that must be known: its split or its direction is unusual.",
    "SM166": "A metric counts its steps in another unit than the monitored one and was not compared.",
    "SM167": "The monitored metric is NaN or infinite at some epochs; these do not count.",
    "SM168": "The monitored metric is infinite in the good direction somewhere; that is never taken for the best.",
    "SM169": "Links in the folder were not followed: they lead nowhere, out of it, or to a folder that is read anyway.",
    "SM170": "The main validation loss is never finite, so another metric was judged.",
    "SM171": "The network had diverged at some epochs: the validation loss is no number there; these do not count.",
    "SM175": "A validation metric has no value at epochs where its own rhythm and other metrics have one, as if blank.",
    "SM172": "A metric has values that it cannot have, such as an accuracy above 100; these were left out.",
    "SM173": "The unit of a metric changes inside the log, from share to percent or back; the fewer were left out.",
    "SM174": "What the checks see in the run to ship could not be told; the ranking stands.",
    # comparisons
    "SM177": "A metric has another name in one of the runs; the names mean the same and were compared as one.",
    "SM178": "A line of a history is no whole decision record; it was left out and stays in the file.",
    "SM179": "A metric is not in all of the runs that are compared, and was left out of the comparison.",
    # plug-ins
    "SM181": "A plug-in of another package is faulty and was left out; selectmodel explain plugins lists them all.",
}
