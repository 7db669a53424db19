using SpectralEarth.Randomness;

namespace SpectralEarth.Scenes.Synthesis;

/// <summary>
/// Smooth random fields over the plane: values on a lattice, drawn once, with cubic blending between (value noise;
/// Ebert et al. 2003, Texturing and Modeling, chapter 2). Repeats after 128 lattice cells.
/// </summary>
internal sealed class ValueNoise
{
    private const int Side = 128;

    private readonly float[] lattice = new float[Side * Side];

    internal ValueNoise(long seed, string purpose, params ReadOnlySpan<long> positions)
    {
        var random = new SeededRandom(seed, purpose, positions);
        for (var i = 0; i < lattice.Length; i++)
            lattice[i] = (float)random.NextDouble();
    }

    /// <summary>The field at a position in lattice cells, in [0, 1).</summary>
    internal float At(float x, float y)
    {
        var (column, row) = ((int)MathF.Floor(x), (int)MathF.Floor(y));
        var (u, v) = (Smooth(x - column), Smooth(y - row));
        var top = Lerp(Cell(column, row), Cell(column + 1, row), u);
        var bottom = Lerp(Cell(column, row + 1), Cell(column + 1, row + 1), u);
        return Lerp(top, bottom, v);
    }

    /// <summary>A sum of fields, each of half the size and strength of the one before, in [0, 1).</summary>
    internal float Fractal(float x, float y, int octaves)
    {
        var (sum, total, strength) = (0f, 0f, 1f);
        for (var octave = 0; octave < octaves; octave++)
        {
            // Shifted, so that the lattices of the octaves do not coincide.
            sum += strength * At(x + (17.3f * octave), y - (9.1f * octave));
            total += strength;
            (x, y, strength) = (2 * x, 2 * y, strength / 2);
        }

        return sum / total;
    }

    /// <summary>The random number of a lattice cell, in [0, 1).</summary>
    internal float Cell(int column, int row) => lattice[((row & (Side - 1)) * Side) + (column & (Side - 1))];

    /// <summary>0 below <paramref name="from"/>, 1 above <paramref name="to"/>, smooth between.</summary>
    internal static float Step(float from, float to, float value) => Smooth(Math.Clamp((value - from) / (to - from), 0, 1));

    private static float Smooth(float t) => t * t * (3 - (2 * t));

    private static float Lerp(float a, float b, float t) => a + ((b - a) * t);
}
