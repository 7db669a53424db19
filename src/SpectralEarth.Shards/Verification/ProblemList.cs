namespace SpectralEarth.Shards.Verification;

/// <summary>Problems found so far. Safe to use from several threads.</summary>
internal sealed class ProblemList
{
    private readonly Lock gate = new();
    private readonly List<DatasetProblem> problems = [];

    public int Count
    {
        get
        {
            lock (gate)
                return problems.Count;
        }
    }

    /// <summary>True if something is wrong with a file.</summary>
    public bool Concerns(string file)
    {
        lock (gate)
            return problems.Any(one => one.File == file);
    }

    /// <summary>All problems in order of files and rows, whatever the order in which they were found.</summary>
    public IReadOnlyList<DatasetProblem> Sorted() =>
        [.. problems.OrderBy(one => one.File, StringComparer.Ordinal).ThenBy(one => one.Row ?? -1).ThenBy(one => one.What, StringComparer.Ordinal)];

    public void Add(string file, string what) => Add(new DatasetProblem(file, null, null, null, what));

    public void Add(string file, int row, PatchInfo info, string what) => Add(new DatasetProblem(file, row, info.LocationId, info.SceneId, what));

    /// <summary>What <paramref name="read"/> returns; null, with a note of the reason, if the file cannot be used.</summary>
    public T? Try<T>(string file, Func<T> read) where T : class
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is DatasetException or OutOfMemoryException)
        {
            // A damaged count in a Parquet footer may ask for any amount of memory.
            Add(file, e.Message);
            return null;
        }
    }

    private void Add(DatasetProblem problem)
    {
        lock (gate)
            problems.Add(problem);
    }
}
