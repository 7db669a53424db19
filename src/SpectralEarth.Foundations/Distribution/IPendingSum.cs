namespace SpectralEarth.Distribution;

/// <summary>A sum over ranks that goes on while this process does other work.</summary>
public interface IPendingSum
{
    /// <summary>Gives MPI a moment to go on with it: it has no thread of its own. A GPU needs none.</summary>
    void Progress();

    /// <summary>Waits for the result.</summary>
    void Wait();
}
