using SpectralEarth.Randomness;

namespace SpectralEarth.Scenes.Synthesis;

/// <summary>Clouds, their shadows, haze and cirrus of one acquisition, as functions of the position in pixels.</summary>
internal sealed class Sky
{
    /// <summary>Standard deviation of a fractal field, which turns wanted cover into a threshold.</summary>
    private const float FieldSpread = 0.115f;

    private readonly ValueNoise clouds, veils;
    private readonly float cloudThreshold, hazeThreshold, cirrusThreshold;
    private readonly float shadowX, shadowY;

    internal Sky(long seed, int scene, Acquisition acquisition)
    {
        clouds = new ValueNoise(seed, "clouds", scene, acquisition.Index);
        veils = new ValueNoise(seed, "veils", scene, acquisition.Index);
        var random = new SeededRandom(seed, "weather", scene, acquisition.Index);
        // From 1 to 2.6 deviations above the mean: roughly 15 % to less than 1 % cloud.
        cloudThreshold = 0.5f + (FieldSpread * (1.0f + (1.6f * (float)random.NextDouble())));
        hazeThreshold = 0.5f + (FieldSpread * (0.8f + (2.2f * (float)random.NextDouble())));
        cirrusThreshold = 0.5f + (FieldSpread * (0.8f + (2.2f * (float)random.NextDouble())));
        var (azimuth, elevation) = (acquisition.SunAzimuth * Math.PI / 180, acquisition.SunElevation * Math.PI / 180);
        var length = (25 + random.NextInt(30)) / Math.Tan(elevation);
        (shadowX, shadowY) = ((float)(length * Math.Sin(azimuth)), (float)(-length * Math.Cos(azimuth)));
    }

    /// <summary>Opacity of cloud, 0 to 1.</summary>
    internal float CloudAt(float x, float y) =>
        ValueNoise.Step(cloudThreshold, cloudThreshold + 0.05f, clouds.Fractal(x / 55, y / 55, 5));

    /// <summary>Depth of cloud shadow, 0 to 1: the cloud stands towards the sun.</summary>
    internal float ShadowAt(float x, float y) => CloudAt(x + shadowX, y + shadowY);

    /// <summary>Strength of haze, 0 to 1.</summary>
    internal float HazeAt(float x, float y) =>
        ValueNoise.Step(hazeThreshold, hazeThreshold + 0.15f, veils.Fractal(x / 90, y / 90, 3));

    /// <summary>Strength of cirrus, 0 to 1; streaks along one direction.</summary>
    internal float CirrusAt(float x, float y) =>
        ValueNoise.Step(cirrusThreshold, cirrusThreshold + 0.25f, veils.Fractal((x / 140) + 50, (y / 40) + 50, 4));
}
