using System.Diagnostics;

namespace SpectralEarth.Training.Reporting;

/// <summary>How often a run that goes on writes its report: so seldom that reports take at most about a hundredth of the time.</summary>
/// <param name="shortest">Shortest time from one to the next.</param>
internal sealed class ReportPace(TimeSpan shortest)
{
    private const int MostShare = 100;

    private long last = Stopwatch.GetTimestamp();
    private TimeSpan taken;

    /// <summary>Writes a report unless the last one, or the beginning, is too near.</summary>
    public void Offer(Action write)
    {
        var passed = Stopwatch.GetElapsedTime(last);
        if (passed < shortest || passed < MostShare * taken)
            return;
        var start = Stopwatch.GetTimestamp();
        write();
        last = Stopwatch.GetTimestamp();
        taken = Stopwatch.GetElapsedTime(start, last);
    }
}
