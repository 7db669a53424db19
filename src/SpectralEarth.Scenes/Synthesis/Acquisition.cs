using System.Globalization;
using SpectralEarth.Randomness;

namespace SpectralEarth.Scenes.Synthesis;

/// <summary>When and how one product was acquired.</summary>
internal sealed record Acquisition
{
    /// <summary>Days of the year of the dates of a scene: seasons differ from each date to the next.</summary>
    private static readonly int[] Days = [205, 115, 251, 75, 278, 160];

    /// <summary>Dates that a scene can have.</summary>
    internal const int MaximumDates = 24;

    /// <summary>0-based date of the scene.</summary>
    internal required int Index { get; init; }
    /// <summary>Start, UTC.</summary>
    internal required DateTime Start { get; init; }
    /// <summary>Name of EnMAP's SWIR arrangement of 2022 (datasets/enmap).</summary>
    internal const string FirstArrangement = "A";

    /// <summary>Arrangement A in 2022, B in 2024.</summary>
    internal required string Arrangement { get; init; }
    /// <summary>Datatake, 10 digits.</summary>
    internal required string Datatake { get; init; }
    /// <summary>Sun elevation, degrees.</summary>
    internal required double SunElevation { get; init; }
    /// <summary>Sun azimuth, degrees.</summary>
    internal required double SunAzimuth { get; init; }
    /// <summary>Across-track view angle, degrees.</summary>
    internal required double AcrossOffNadir { get; init; }

    /// <summary>Processor version with dots.</summary>
    internal string Version => Arrangement == FirstArrangement ? "01.03.02" : "01.04.01";

    /// <summary>End of the acquisition, UTC.</summary>
    internal DateTime Stop => Start.AddSeconds(4.545);

    /// <summary>Time of processing, UTC.</summary>
    internal DateTime Processed => Start.Date.AddDays(40).AddHours(16).AddMinutes(56).AddSeconds(14);

    /// <summary>Product name, 74 characters.</summary>
    internal string ProductName => string.Create(CultureInfo.InvariantCulture,
        $"ENMAP01-____L2A-DT{Datatake}_{Start:yyyyMMdd'T'HHmmss'Z'}_001_V{Version.Replace(".", "", StringComparison.Ordinal)}_{Processed:yyyyMMdd'T'HHmmss'Z'}");

    /// <summary>Draws the acquisition of a date of a scene.</summary>
    internal static Acquisition Draw(long seed, int scene, int date, double latitude)
    {
        var random = new SeededRandom(seed, "acquisition", scene, date);
        var isEarly = date % 2 == 0;
        var (year, day) = (isEarly ? 2022 : 2024, Days[date % Days.Length] + (3 * (date / Days.Length)) + random.NextInt(3));
        var start = new DateTime(year, 1, 1, 10, 40, 0, DateTimeKind.Utc).AddDays(day - 1).AddSeconds(random.NextInt(600)).AddMicroseconds(random.NextInt(1_000_000));
        // Cooper 1969: declination; the local hour angle of a late-morning orbit is about -20 degrees.
        var declination = 23.44 * Math.Sin(2 * Math.PI * (284 + day) / 365);
        var (elevation, azimuth) = Sun(latitude, declination, hourAngle: -20 + (2 * random.NextDouble()));
        return new Acquisition
        {
            Index = date,
            Start = start,
            Arrangement = isEarly ? FirstArrangement : "B",
            Datatake = ((isEarly ? 1000 : 60000) + (10 * day) + (4000 * (scene % 10)) + (scene / 10)).ToString("D10", CultureInfo.InvariantCulture),
            SunElevation = elevation,
            SunAzimuth = azimuth,
            AcrossOffNadir = (10 * random.NextDouble()) - 5,
        };
    }

    /// <summary>Elevation and azimuth of the sun, degrees, by spherical trigonometry.</summary>
    private static (double Elevation, double Azimuth) Sun(double latitude, double declination, double hourAngle)
    {
        const double radian = Math.PI / 180;
        var (phi, delta, hour) = (latitude * radian, declination * radian, hourAngle * radian);
        var elevation = Math.Asin((Math.Sin(phi) * Math.Sin(delta)) + (Math.Cos(phi) * Math.Cos(delta) * Math.Cos(hour)));
        var azimuth = Math.Atan2(-Math.Cos(delta) * Math.Sin(hour), (Math.Sin(delta) * Math.Cos(phi)) - (Math.Cos(delta) * Math.Sin(phi) * Math.Cos(hour)));
        return (elevation / radian, ((azimuth / radian) + 360) % 360);
    }
}
