using System.Globalization;

namespace SpectralEarth.Testing;

/// <summary>How long fuzz tests go on.</summary>
public static class Fuzz
{
    /// <summary>Rounds of a test: <paramref name="usual"/> times the environment variable SPECTRALEARTH_FUZZ, a whole number; 1 where it is not set.</summary>
    public static int Rounds(int usual) =>
        usual * int.Parse(Environment.GetEnvironmentVariable("SPECTRALEARTH_FUZZ") ?? "1", CultureInfo.InvariantCulture);
}
