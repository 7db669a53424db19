namespace SpectralEarth.Shards.Splits;

/// <summary>
/// Outline of a patch on the unit sphere, so that zones, the 180th meridian and the poles need no case of their own. Sides of a few
/// kilometres are straight in a UTM zone and on the sphere alike (within centimetres).
/// </summary>
internal sealed class GroundOutline
{
    private readonly Direction[] corners;
    private readonly Direction[] inward;

    /// <param name="clockwise">Corners of a convex outline: longitude and latitude, degrees.</param>
    public GroundOutline(IReadOnlyList<(double Longitude, double Latitude)> clockwise)
        : this([.. clockwise.Select(corner => Direction.Of(corner.Longitude, corner.Latitude))])
    {
    }

    private GroundOutline(Direction[] clockwise)
    {
        corners = clockwise;
        Centre = corners.Aggregate((sum, corner) => sum + corner) / corners.Length;
        inward = [.. corners.Select((corner, index) => corners[(index + 1) % corners.Length].Cross(corner))];
    }

    /// <summary>Mean of the corners.</summary>
    public Direction Centre { get; }

    /// <summary>Distance of the farthest corner from the centre, in radii of the earth.</summary>
    public double Radius => corners.Max(corner => (corner - Centre).Length);

    /// <summary>A part of a rectangle whose first corner is the upper left one; edges as shares of its width and height.</summary>
    public GroundOutline Part(double left, double top, double right, double bottom) =>
        new([At(left, top), At(right, top), At(right, bottom), At(left, bottom)]);

    /// <summary>Whether some ground lies in both outlines; a common edge is none.</summary>
    public bool Overlaps(GroundOutline other) => !HasSideBefore(other) && !other.HasSideBefore(this);

    // Convex outlines are apart if, and only if, all of one lies on the outer side of an edge of the other.
    private bool HasSideBefore(GroundOutline other) => inward.Any(normal => other.corners.All(corner => normal.Dot(corner) <= 0));

    private Direction At(double across, double down) =>
        (((corners[0] * (1 - across)) + (corners[1] * across)) * (1 - down)) + (((corners[3] * (1 - across)) + (corners[2] * across)) * down);

    /// <summary>A point in space; on the surface of the earth its length is 1.</summary>
    internal readonly record struct Direction(double X, double Y, double Z)
    {
        public double Length => Math.Sqrt(Dot(this));

        public static Direction Of(double longitude, double latitude)
        {
            var (east, inFront) = Math.SinCos(double.DegreesToRadians(longitude));
            var (north, toAxis) = Math.SinCos(double.DegreesToRadians(latitude));
            return new Direction(toAxis * inFront, toAxis * east, north);
        }

        public double Dot(Direction other) => (X * other.X) + (Y * other.Y) + (Z * other.Z);

        public Direction Cross(Direction other) => new((Y * other.Z) - (Z * other.Y), (Z * other.X) - (X * other.Z), (X * other.Y) - (Y * other.X));

        public static Direction operator +(Direction one, Direction other) => new(one.X + other.X, one.Y + other.Y, one.Z + other.Z);

        public static Direction operator -(Direction one, Direction other) => new(one.X - other.X, one.Y - other.Y, one.Z - other.Z);

        public static Direction operator *(Direction one, double factor) => new(one.X * factor, one.Y * factor, one.Z * factor);

        public static Direction operator /(Direction one, double divisor) => new(one.X / divisor, one.Y / divisor, one.Z / divisor);
    }
}
